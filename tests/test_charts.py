import math
import re
from decimal import Decimal
from itertools import pairwise

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import mark_safe

from osaka_site.charts import (
    OSAKA,
    SHAPES,
    Bearing,
    Point,
    compass,
    compass_point,
    distance_km,
    empty_compass,
    heading,
    world,
)

pytestmark = pytest.mark.one_database

SHANGHAI = (31.23, 121.47)
SAO_PAULO = (-23.55, -46.63)
SAN_FRANCISCO = (37.77493, -122.41942)
POLES_AND_SEAMS = [
    (90, 0),
    (-90, 0),
    (0, 180),
    (0, -180),
    (15, -30),
    (-34.69, -44.5),  # the far side of the globe
    (34.69, 135.5),  # Osaka itself
]


def make_point(lat, lon, slug="place", **fields):
    defaults = {"name": "Place", "url": f"/network/{slug}/", "shape": "sister"}
    return Point(slug=slug, lat=lat, lon=lon, **defaults | fields)


def make_points(positions):
    return [make_point(*at, slug=f"place-{i}") for i, at in enumerate(positions)]


def render(source, **context):
    return Template("{% load chart_tags %}" + source).render(Context(context))


def vertices(path):
    """The lines of path data, each a list of absolute (x, y)."""
    lines = []
    for command, text in re.findall(r"([MlL])([^MlLz]+)", path):
        numbers = [float(n) for n in re.findall(r"-?\d*\.?\d+", text)]
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            if command == "M":
                lines.append([(x, y)])
            elif command == "L":
                lines[-1].append((x, y))
            else:
                from_x, from_y = lines[-1][-1]
                lines[-1].append((from_x + x, from_y + y))
    return lines


# ---- bearings -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "km", "degrees", "point"),
    [
        (SHANGHAI, 1363, 258, "WSW"),
        (SAO_PAULO, 18759, 10, "N"),
        (SAN_FRANCISCO, 8642, 52, "NE"),
    ],
)
def test_bearing_from_osaka(there, km, degrees, point):
    bearing = Bearing.from_osaka(*there)

    assert (bearing.km, bearing.degrees, bearing.point) == (km, degrees, point)


def test_bearing_accepts_decimals():
    assert Bearing.from_osaka(
        Decimal("31.23"), Decimal("121.47")
    ) == Bearing.from_osaka(*SHANGHAI)


def test_bearing_of_almost_360_degrees_is_0():
    just_west_of_north = (40, OSAKA[1] - 0.01)

    bearing = Bearing.from_osaka(*just_west_of_north)

    assert heading(OSAKA, just_west_of_north) > 359.5
    assert (bearing.degrees, bearing.point) == (0, "N")


def test_distance_to_the_far_side_is_half_way_round():
    far_side = (-OSAKA[0], OSAKA[1] - 180)

    assert distance_km(OSAKA, far_side) == pytest.approx(math.pi * 6371.0088)


@pytest.mark.parametrize(
    ("degrees", "point"),
    [
        (0, "N"),
        (11.24, "N"),
        (11.25, "NNE"),
        (33.74, "NNE"),
        (33.75, "NE"),
        (180, "S"),
        (258, "WSW"),
        (326.25, "NNW"),
        (348.74, "NNW"),
        (348.75, "N"),
        (360, "N"),
    ],
)
def test_compass_point_changes_at_the_borders_of_sectors(degrees, point):
    assert compass_point(degrees) == point


def test_bearing_names_its_wind():
    assert Bearing.from_osaka(*SHANGHAI).point_name == "west-southwest"


@pytest.mark.parametrize(
    ("there", "text"),
    [
        (SHANGHAI, "31°14′ N 121°28′ E"),
        (SAO_PAULO, "23°33′ S 46°38′ W"),
        ((0, 0), "0°00′ N 0°00′ E"),
        ((9.9999, -0.05), "10°00′ N 0°03′ W"),
    ],
)
def test_bearing_position_is_in_degrees_and_minutes(there, text):
    assert Bearing.from_osaka(*there).position == text


# ---- world --------------------------------------------------------------------


def test_world_draws_every_point_inside_the_frame():
    points = make_points([SHANGHAI, SAO_PAULO, SAN_FRANCISCO, *POLES_AND_SEAMS])

    chart = world(points)

    assert {p.slug for p in chart.points} == {p.slug for p in points}
    assert all(0 < p.x < chart.width and 0 < p.y < chart.height for p in chart.points)


def test_world_puts_sister_cities_on_top():
    points = [make_point(*SHANGHAI, slug=shape, shape=shape) for shape in SHAPES]

    chart = world(points)

    assert [p.slug for p in chart.points] == list(reversed(SHAPES))
    assert [p.shape_path for p in chart.points] == list(reversed(SHAPES.values()))


@pytest.mark.parametrize(("lon", "is_east"), [(-29, False), (-31, True)])
def test_world_arc_ends_at_its_point_on_either_side_of_the_cut(lon, is_east):
    chart = world([make_point(15, lon)])

    point, arc = chart.points[0], vertices(chart.arcs[0].path)
    assert (point.x > chart.width / 2) is is_east
    assert arc[0][0] == pytest.approx(chart.osaka, abs=0.11)
    assert arc[-1][-1] == pytest.approx((point.x, point.y), abs=0.11)


def test_world_arcs_never_leap_over_the_chart():
    grid = [(lat, lon) for lat in range(-50, 90, 20) for lon in range(-180, 180, 15)]

    chart = world(make_points(grid))

    lines = [line for arc in chart.arcs for line in vertices(arc.path)]
    steps = [abs(b[0] - a[0]) for line in lines for a, b in pairwise(line)]
    assert max(steps) < chart.width / 2


def test_world_draws_no_arc_within_osakas_bay():
    kobe = (34.69, 135.2)

    assert world([make_point(*kobe)]).arcs == ()


def test_world_keeps_coinciding_points_apart():
    shenzhen, hong_kong = (22.54, 114.06), (22.32, 114.17)
    kobe = (34.69, 135.2)

    chart = world(make_points([shenzhen, hong_kong, hong_kong, kobe]))

    places = [chart.osaka, *((p.x, p.y) for p in chart.points)]
    gaps = [math.dist(a, b) for i, a in enumerate(places) for b in places[:i]]
    assert min(gaps) >= 9


def test_world_moves_the_lesser_of_two_coinciding_points():
    port = make_point(*SHANGHAI, slug="port", shape="port")
    sister = make_point(*SHANGHAI, slug="sister")
    alone = world([sister]).points[0]

    chart = world([port, sister])

    moved, kept = chart.points
    assert kept == alone
    assert moved.slug == "port"
    assert vertices(chart.arcs[0].path)[-1][-1] == (moved.x, moved.y)


def test_world_is_the_same_every_time():
    points = make_points([SHANGHAI, SHANGHAI, SAO_PAULO])

    assert world(points) == world(points)


@pytest.mark.parametrize("mark", [str, mark_safe])
def test_world_chart_escapes_names(mark):
    point = make_point(*SHANGHAI, name=mark("<script>"), url="/?a=1&b=2", label="s")

    svg = render("{% world_chart chart %}", chart=world([point]))

    assert "<script>" not in svg
    assert "<title>&lt;script&gt;</title>" in svg
    assert 'y="21" text-anchor="middle">&lt;script&gt;</text>' in svg
    assert 'href="/?a=1&amp;b=2"' in svg


def test_world_chart_localises_figures_but_not_coordinates(settings):
    settings.USE_THOUSAND_SEPARATOR = True
    chart = world([])

    with translation.override("de"):
        svg = render("{% world_chart chart %}", chart=chart)

    assert 'viewBox="0 0 1200 518.1"' in svg
    assert re.findall(r">([^<]+ km)<", svg) == ["5.000 km", "10.000 km", "15.000 km"]


def test_world_chart_stays_small_and_unstyled():
    grid = [(lat, lon) for lat in range(-30, 60, 20) for lon in range(-180, 180, 45)]

    svg = render("{% world_chart chart %}", chart=world(make_points(grid)))

    assert svg.count('class="c-pt k-sister"') == 40
    assert "style=" not in svg
    assert len(svg.encode()) < 50_000


# ---- compass ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "reach"),
    [
        (SHANGHAI, 2000),
        ((18.2, 135.5), 2000),  # 1,834 km
        ((17.9, 135.5), 5000),  # 1,867 km: too near to the rim of 2,000
        (SAN_FRANCISCO, 10_000),
        (SAO_PAULO, 20_000),
        (POLES_AND_SEAMS[0], 10_000),
        (POLES_AND_SEAMS[5], 20_000),
    ],
)
def test_compass_reaches_the_first_round_distance_that_fits(there, reach):
    chart = compass(*there)

    assert chart.reach == reach
    assert [ring.km * 4 for ring in chart.rings] == [reach, reach * 2, reach * 3]


def test_compass_target_is_true_to_distance_and_heading():
    target = compass(*SHANGHAI).target

    assert math.hypot(*target) / 150 * 2000 == pytest.approx(1363, abs=1)
    assert math.degrees(math.atan2(target.x, -target.y)) % 360 == pytest.approx(
        258, abs=0.5
    )


def test_compass_chart_draws_the_way_to_the_partner():
    chart = compass(*SHANGHAI)

    svg = render("{% compass_chart chart 'port' %}", chart=chart)

    assert f'd="M0 0L{chart.target.x} {chart.target.y}"' in svg
    assert svg.count("k-port") == 2
    assert SHAPES["port"] in svg
    assert re.findall(r'c-ringlabel"[^>]*>([^<]+)<', svg) == ["500", "1,000", "1,500"]
    assert "style=" not in svg


def test_empty_compass_shows_the_globe_and_no_target():
    svg = render("{% compass_chart chart %}", chart=empty_compass())

    assert "c-arc" not in svg
    assert "c-pt" not in svg
    assert re.findall(r'c-ringlabel"[^>]*>([^<]+)<', svg) == [
        "5,000",
        "10,000",
        "15,000",
    ]


# ---- signs --------------------------------------------------------------------


@pytest.mark.parametrize("kind", SHAPES)
def test_shape_is_the_sign_of_its_kind(kind):
    assert render("{% shape kind %}", kind=kind) == (
        f'<svg class="shape k-{kind}" viewBox="-5.5 -5.5 11 11" aria-hidden="true" '
        f'focusable="false"><path d="{SHAPES[kind]}"/></svg>'
    )


def test_heading_glyph_turns_its_needle():
    svg = render("{% heading_glyph bearing %}", bearing=Bearing.from_osaka(*SHANGHAI))

    assert 'transform="rotate(258)"' in svg


def test_heading_glyph_without_a_bearing_has_no_needle():
    svg = render("{% heading_glyph bearing %}", bearing=None)

    assert "g-rim" in svg
    assert "g-needle" not in svg
