"""What holds for the project as a whole: settings, set-up, files, words."""

import ast
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections import Counter
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command

from events.models import Exchange
from network.models import Partner
from network.renditions import master_of
from osaka_site.publishing import Publishable

pytestmark = pytest.mark.one_database

ROOT = settings.BASE_DIR
VARIABLES = re.findall(
    r'\benv\.\w+\(\s*"(\w+)"', (ROOT / "osaka_site" / "settings.py").read_text()
)
IGNORED = (ROOT / ".gitignore").read_text().split()


def manage(*arguments, cwd=ROOT, **variables):
    """Run ``manage.py`` by itself, with no settings but the given variables."""
    unwanted = {*VARIABLES, "DJANGO_ALLOW_ASYNC_UNSAFE"}  # the browser tests' own
    kept = {name: text for name, text in os.environ.items() if name not in unwanted}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=cwd,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def ignored(folder, names):
    """Those that .gitignore keeps out of the repository, for ``copytree`` too."""
    at_root = Path(folder) == ROOT
    patterns = [p.strip("/") for p in IGNORED if at_root or not p.startswith("/")]
    return {n for n in names if any(fnmatch(n, p) for p in [".git", *patterns])}


def project_files():
    for folder, folders, names in os.walk(ROOT):
        left_out = ignored(folder, folders + names)
        folders[:] = [name for name in folders if name not in left_out]
        yield from (Path(folder, name) for name in names if name not in left_out)


# ---- settings and models --------------------------------------------------


@pytest.mark.django_db
def test_migrations_match_models():
    call_command("makemigrations", check=True, dry_run=True)


def test_checks_find_nothing():
    call_command("check", fail_level="INFO")


def test_deployment_checks_find_nothing_that_is_ours_to_decide():
    # Strict transport security is on for the site's own host. Whether the other
    # hosts of its domain follow, and whether browsers ship with the domain in their
    # list, is for whoever runs the domain.
    accepted = {"security.W005", "security.W021"}
    example = (ROOT / "deploy" / "osaka-network.env").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in example if line[:1] != "#")
    variables["SECRET_KEY"] = secrets.token_urlsafe(50)

    result = manage("check", "--deploy", **variables)

    found = set(re.findall(r"\((\w+\.[A-Z]\d+)\)", result.stderr))
    assert (result.returncode, found) == (0, accepted)


def test_without_debug_a_secret_key_is_asked_for():
    result = manage("check", DEBUG="0")

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(
        "django.core.exceptions.ImproperlyConfigured: DEBUG=0 needs a SECRET_KEY"
    )


def test_readme_tells_every_variable():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert VARIABLES
    assert [name for name in VARIABLES if f"| `{name}` |" not in readme] == []


def test_data_model_is_drawn_from_the_models():
    call_command("draw_data_model", check=True)


# ---- the first start ------------------------------------------------------

PASSWORD = re.compile(r"password: (\S+)")


def prepare():
    output = StringIO()
    call_command("prepare", stdout=output, no_color=True)
    return output.getvalue()


def files_in(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


@pytest.mark.django_db
def test_prepare_loads_the_starting_content(settings):
    records = [
        record
        for name in ("network.json", "events.json")
        for record in json.loads((ROOT / "fixtures" / name).read_text("utf-8"))
    ]

    prepare()

    assert Counter(record["model"] for record in records) == {
        model._meta.label_lower: model.objects.count()
        for label in ("network", "events")
        for model in apps.get_app_config(label).get_models()
        if issubclass(model, Publishable) and model.objects.exists()
    }
    stored, given = files_in(settings.MEDIA_ROOT), files_in(ROOT / "fixtures" / "media")
    assert {name: stored[name] for name in given} == given
    assert {master_of(str(name)) for name in stored} == {str(name) for name in given}


@pytest.mark.django_db
def test_prepare_keeps_what_staff_changed(settings):
    prepare()
    partner = Partner.objects.get(slug="shanghai")
    partner.name_en = "Shanghai, as staff call it"
    partner.save()
    exchange = Exchange.objects.first()
    exchange.delete()
    picture = Path(settings.MEDIA_ROOT, "pictures", "information-center.webp")
    picture.write_bytes(b"another")

    output = prepare()

    partner.refresh_from_db()
    assert output == ""
    assert partner.name_en == "Shanghai, as staff call it"
    assert not Exchange.objects.filter(slug=exchange.slug).exists()
    assert picture.read_bytes() == b"another"


@pytest.mark.django_db
def test_prepare_makes_an_account_whose_password_it_shows_once(settings):
    settings.DEBUG = True

    first, second = prepare(), prepare()

    account = authenticate(username="admin", password=PASSWORD.search(first)[1])
    assert list(get_user_model().objects.all()) == [account]
    assert account.is_superuser
    assert second == ""


@pytest.mark.django_db
def test_prepare_makes_no_account_on_a_public_server(settings):
    settings.DEBUG = False

    output = prepare()

    assert output == "The starting content is loaded.\n"
    assert not get_user_model().objects.exists()


def test_prepare_starts_from_nothing_with_a_password_of_its_own(tmp_path):
    outputs = [
        manage(
            "prepare",
            DATABASE_URL=f"sqlite:///{tmp_path / name}.sqlite3",
            MEDIA_ROOT=str(tmp_path / name),
        ).stdout
        for name in ("one", "other", "one")
    ]

    passwords = [PASSWORD.findall(output) for output in outputs]
    assert [len(found) for found in passwords] == [1, 1, 0]
    assert passwords[0] != passwords[1]
    assert outputs[2] == ""


# ---- files ----------------------------------------------------------------


def imported_by(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


def test_every_package_in_use_is_named_in_the_requirements():
    files = [ROOT / "requirements.in", ROOT / "requirements-s3.in"]
    named = " ".join(path.read_text().lower() for path in files).split()
    named = {re.split(r"[\[~=<>]", line)[0] for line in named}
    code = [p for p in project_files() if p.suffix == ".py" and "tests" not in p.parts]
    ours = {path.name for path in ROOT.iterdir()}
    modules = {
        name.partition(".")[0]
        for name in [
            *settings.INSTALLED_APPS,
            *settings.MIDDLEWARE,
            *(name for path in code for name in imported_by(path)),
        ]
    } - ours.union(sys.stdlib_module_names)
    providers = packages_distributions()

    assert "django" in modules
    assert {
        module
        for module in modules
        if not named.intersection(p.lower() for p in providers.get(module, []))
    } == set()


def test_pinned_requirements_name_no_index():
    pinned = [path.read_text() for path in ROOT.glob("requirements*.txt")]

    assert len(pinned) == 3
    assert [
        line for text in pinned for line in text.splitlines() if "://" in line
    ] == []


def test_no_file_is_larger_than_a_mebibyte():
    sizes = {path.relative_to(ROOT): path.stat().st_size for path in project_files()}

    assert Path("manage.py") in sizes
    assert {path: size for path, size in sizes.items() if size > 1024**2} == {}


# ---- words ----------------------------------------------------------------

CATALOGUES = sorted(
    path.relative_to(ROOT) for path in ROOT.glob("osaka_site/locale/*/*/django.po")
)

# On a machine of its own the check is part of the suite; elsewhere gettext may be
# missing, as nothing but `make messages` needs it.
needs_gettext = pytest.mark.skipif(
    not shutil.which("xgettext") and not os.environ.get("CI"),
    reason="GNU gettext is not installed",
)


def gettext_tool(*arguments):
    result = subprocess.run(
        arguments, capture_output=True, encoding="utf-8", check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


@needs_gettext
def test_every_sentence_is_translated(tmp_path):
    copy = shutil.copytree(ROOT, tmp_path / "copy", ignore=ignored)
    locales = [f"--locale={path.parts[2]}" for path in CATALOGUES]

    collected = manage("makemessages", *locales, "--no-location", "--no-wrap", cwd=copy)

    assert locales == ["--locale=ja", "--locale=ko", "--locale=zh_Hans"]
    assert (collected.returncode, collected.stderr) == (0, "")
    for path in CATALOGUES:
        missing = gettext_tool("msgattrib", "--untranslated", copy / path)
        unsure = gettext_tool("msgattrib", "--only-fuzzy", copy / path)
        assert (path, missing, unsure) == (path, "", "")


@needs_gettext
@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[2])
def test_compiled_messages_are_those_of_the_catalogue(path, tmp_path):
    gettext_tool("msgfmt", "--check-format", "-o", tmp_path / "new.mo", ROOT / path)

    compiled = gettext_tool("msgunfmt", (ROOT / path).with_suffix(".mo"))
    assert compiled == gettext_tool("msgunfmt", tmp_path / "new.mo")
