/* Opens one side of a comparison where the two first differ. Not by a fragment in the
   address of the frame: that would move the page around the frame as well. */
{
  const place = document.getElementById("first-difference");
  const above = 3 * parseFloat(getComputedStyle(document.documentElement).fontSize);
  if (place) {
    const top = place.parentElement.getBoundingClientRect().top + scrollY - above;
    scrollTo({ top, behavior: "instant" });
  }
}
