"""The search for secrets finds them wherever they are planted: a check that can fail, shown failing."""

import base64
import gzip
import io
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recorder.demo.scan import CHUNK_BYTES, Hit, scan, scan_bytes

CANARY = "Zk9-Quartz+Vole/41"
OTHER = "heron.velvet@example.org"

HIDINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda raw: raw,
    "upper": bytes.upper,
    "lower": bytes.lower,
    "utf-16le": lambda raw: raw.decode().encode("utf-16-le"),
    "utf-16be": lambda raw: raw.decode().encode("utf-16-be"),
    "utf-32": lambda raw: raw.decode().encode("utf-32-le"),
    "base64": base64.b64encode,
    "base64 after one byte": lambda raw: base64.b64encode(b"x" + raw + b"tail"),
    "base64 after two bytes": lambda raw: base64.b64encode(b"xy" + raw + b"t"),
    "URL base64": lambda raw: base64.urlsafe_b64encode(b"\xff" + raw),
    "base64 of utf-16": lambda raw: base64.b64encode(b"??" + raw.decode().encode("utf-16-le")),
    "hex": lambda raw: raw.hex().encode(),
    "HEX": lambda raw: raw.hex().upper().encode(),
    "reversed": lambda raw: raw[::-1],
    "percent": lambda raw: quote(raw.decode(), safe="").encode(),
    "every byte percent": lambda raw: "".join(f"%{b:02X}" for b in raw).encode(),
    "JSON escapes": lambda raw: "".join(f"\\u{b:04x}" for b in raw).encode(),
    "key by key": lambda raw: "\n".join(raw.decode()).encode(),
    "a list of keys": lambda raw: json.dumps(list(raw.decode())).encode(),
    "a list of code points": lambda raw: json.dumps(list(raw)).encode(),
    "gzip": lambda raw: gzip.compress(b"before " + raw + b" after"),
    "zlib": lambda raw: zlib.compress(raw * 3, 9),
    "zlib of utf-16": lambda raw: zlib.compress(raw.decode().encode("utf-16-le"), 1),
    "gzip in gzip": lambda raw: gzip.compress(gzip.compress(raw)),
    "a gzip that was cut off": lambda raw: gzip.compress(raw + os.urandom(9000))[:6000],
}


@pytest.mark.parametrize("hiding", HIDINGS)
@pytest.mark.parametrize("canary", [CANARY, OTHER])
def test_a_planted_canary_is_found(hiding: str, canary: str, tmp_path: Path) -> None:
    noise = random.Random(hiding)
    content = noise.randbytes(5000) + HIDINGS[hiding](canary.encode()) + noise.randbytes(5000)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "file.bin").write_bytes(content)

    hits = scan([tmp_path], [CANARY, OTHER])

    assert {hit.what for hit in hits} == {canary}
    assert all(hit.path.endswith("file.bin") for hit in hits)


@given(st.text(min_size=6, max_size=30).filter(lambda t: t.isprintable() and t.strip() == t), st.binary(max_size=50))
def test_every_printable_canary_is_found_in_every_alignment_of_base64(canary: str, before: bytes) -> None:
    content = base64.b64encode(before + canary.encode() + b"after")

    assert scan_bytes(content, [canary])


def test_random_bytes_and_innocent_files_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "random").write_bytes(random.Random(1).randbytes(8 << 20))
    (tmp_path / "notes.txt").write_text("the quick brown fox jumps over the lazy dog\n" * 1000)

    assert scan([tmp_path], [CANARY, OTHER], forbid_magics=True) == []


def test_names_and_links_are_read_as_well(tmp_path: Path) -> None:
    (tmp_path / f"{OTHER}.txt").write_text("")
    (tmp_path / "link").symlink_to(f"/nowhere/{CANARY}".replace("/41", "-41"))

    hits = scan([tmp_path], [OTHER, CANARY.replace("/41", "-41")])

    assert sorted(hit.form for hit in hits) == ["link: utf-8", "name: utf-8"]


def test_a_canary_on_the_boundary_of_two_chunks_is_found_at_its_offset(tmp_path: Path) -> None:
    offset = CHUNK_BYTES - 7
    with (tmp_path / "big").open("wb") as file:
        file.truncate(CHUNK_BYTES + 1000)
        file.seek(offset)
        file.write(CANARY.encode())

    hits = scan([tmp_path], [CANARY])

    assert Hit(str(tmp_path / "big"), offset, CANARY, "utf-8") in hits


def test_what_cannot_be_read_is_a_hit(tmp_path: Path) -> None:
    (tmp_path / "locked").write_text("who knows")
    (tmp_path / "locked").chmod(0)
    (tmp_path / "closed").mkdir(mode=0)
    tmp_path.chmod(0o755)

    assert _scanned_without_privilege(tmp_path) == ["closed unreadable", "locked unreadable"]


def _scanned_without_privilege(folder: Path) -> list[str]:
    """Scan as a user who may not read everything: root would not notice a mode."""
    drop = "os.geteuid() == 0 and (os.setgroups([]), os.setgid(65534), os.setuid(65534))"
    code = f"""
import os, recorder.demo.scan as s
s.scan_bytes(b"", [{CANARY!r}])  # loads the codecs while the interpreter's own folder may still be read
{drop}
print(*(f"{{os.path.basename(h.path)}} {{h.form}}" for h in s.scan(["."], [{CANARY!r}])), sep="\\n")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _picture(format_name: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, format_name)
    return out.getvalue()


def _parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2]}), out)
    return out.getvalue()


def _qoi() -> bytes:
    import numpy as np
    import qoi

    return bytes(qoi.encode(np.zeros((30, 40, 3), np.uint8)))


def _sqlite() -> bytes:
    base = sqlite3.connect(":memory:")
    base.execute("create table t (a)")
    return base.serialize()


PLAIN = {
    "PNG": lambda: _picture("PNG"),
    "JPEG": lambda: _picture("JPEG"),
    "WebP": lambda: _picture("WEBP"),
    "QOI": _qoi,
    "SQLite": _sqlite,
    "Parquet": _parquet,
}


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("before", [0, 100])
def test_a_plain_picture_table_or_database_is_a_hit_where_none_may_be(kind: str, before: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(before) + PLAIN[kind]())

    assert [hit.what for hit in scan([tmp_path], [CANARY], forbid_magics=True)] == [kind]
    assert scan([tmp_path], [CANARY]) == []


def test_a_canary_inside_a_zip_is_found_with_the_name_of_its_member(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "report.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs/last.txt", f"typed {CANARY} at noon " * 20)

    hits = scan([tmp_path], [CANARY])

    assert any(hit.path.endswith("report.zip!logs/last.txt") for hit in hits)


def test_a_short_canary_is_refused_because_chance_would_find_it() -> None:
    with pytest.raises(ValueError, match="at least 6"):
        scan_bytes(b"", ["short"])


@pytest.mark.soak
def test_a_hundred_megabytes_are_searched_in_seconds(tmp_path: Path) -> None:
    noise = random.Random(7)
    with (tmp_path / "vault").open("wb") as file:
        for _ in range(100):
            file.write(noise.randbytes(1 << 20))
    started = time.process_time()

    hits = scan([tmp_path], [CANARY, OTHER, "correct-horse", "4111 1111 1111 1111", "Ada Lovelace"], forbid_magics=True)

    assert hits == []
    assert time.process_time() - started < 60
