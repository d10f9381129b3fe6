/* Replaces a filtered list in place; without this file the form works as it stands. */
(() => {
  'use strict';
  const PARTS = ['filter', 'results'];
  if (!document.getElementById('results')) return;
  let asking;

  /* Fetches the same page and takes its parts over; on any failure goes there. */
  const show = async (url, { push = true, focus } = {}) => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(url, { signal: asking.signal });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const isOpen = document.getElementById('filter').open;
      PARTS.forEach((id) => document.getElementById(id).replaceWith(page.getElementById(id)));
      document.getElementById('filter').open = isOpen;
      document.title = page.title;
      document.querySelector('.langs').replaceWith(page.querySelector('.langs'));
      if (push) history.pushState({}, '', answer.url);
      say();
      (document.getElementById(focus) ?? document.querySelector('#results h2')).focus();
    } catch (error) {
      if (error.name !== 'AbortError') location.assign(url);
    }
  };

  /* A live region that was there before its words is read out; a new one is not. */
  const status = document.createElement('p');
  status.className = 'vh';
  status.setAttribute('role', 'status');
  document.querySelector('main').append(status);
  const say = () => { status.textContent = document.querySelector('#results .count').textContent; };

  document.addEventListener('submit', (event) => {
    const form = event.target.closest('#filter form, #results form');
    if (!form) return;
    event.preventDefault();
    const sent = [...new FormData(form)].filter(([, value]) => value);
    const query = new URLSearchParams(sent).toString();
    show(location.pathname + (query && `?${query}`), { focus: event.submitter?.id });
  });

  document.addEventListener('click', (event) => {
    const link = event.target.closest('#results a.chip, #results a.clear, #results .pages a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    show(link.href);
  });

  window.addEventListener('popstate', () => show(location.href, { push: false }));
})();
