"""The disk is full for pictures, and for backups: a small one stands in for it."""

import os
import subprocess
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from tests.forms import form_data

NEW_PICTURE = "/admin/network/picture/add/"


@contextmanager
def small_disk(folder, kilobytes):
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=755"]
    if os.geteuid() or subprocess.call([*mount, "tmpfs", folder]):
        pytest.skip("Only root may mount a small disk, and not everywhere.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return ballast


def files_in(folder):
    return [path.name for path in sorted(folder.rglob("*")) if path.is_file()]


def noise():
    """A picture that cannot be packed: about 200 kB."""
    kept = BytesIO()
    Image.frombytes("RGB", (256, 256), os.urandom(3 * 256 * 256)).save(kept, "PNG")
    kept.name = "noise.png"
    kept.seek(0)
    return kept


def send_picture(staff, form, picture):
    return staff._ask(
        NEW_PICTURE,
        "POST",
        {"Content-Type": MULTIPART_CONTENT, "Referer": "https://network.example.org/"},
        encode_multipart(BOUNDARY, {**form, "file": picture}),
    )


def test_no_half_picture_is_kept(deployment):
    staff = deployment.staff("photographer", "Editors")
    form = form_data(
        staff.get(NEW_PICTURE), slug="full", alt_en="A pier", alt_ja="桟橋"
    )
    media = Path(deployment.environment["MEDIA_ROOT"])

    with small_disk(media, 600):
        ballast = fill(media)
        os.truncate(ballast, ballast.stat().st_size - 20_000)
        answer = send_picture(staff, form, noise())

        assert answer.status == 503
        assert "The disk of the server is full, so nothing was saved." in answer.text
        assert files_in(media) == ["ballast"]
        assert deployment.proxy.ask("/en/").status == 200

        ballast.unlink()
        assert send_picture(staff, form, noise()).status == 302


def test_former_backup_stays_whole(deployment):
    with small_disk(deployment.folder / "small", 20_000) as folder:
        deployment.manage("backup", str(folder))
        (former,) = folder.glob("*.tar.gz")
        content = former.read_bytes()
        ballast = fill(folder)

        told = deployment.manage("backup", str(folder), must_succeed=False)

        assert told == ""
        assert files_in(folder) == ["ballast", former.name]
        assert former.read_bytes() == content

        ballast.unlink()
        former.unlink()
        assert "Wrote" in deployment.manage("backup", str(folder))
