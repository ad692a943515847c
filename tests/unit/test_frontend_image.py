"""The frontend's image: its user can read it whatever umask the checkout had, and nothing in it installs packages.

The commands are taken from the Dockerfile and run on files as they would find them, without an image build.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from scripts.core.paths import ROOT

DOCKERFILE = (ROOT / "frontend" / "Dockerfile").read_text()
FOLDERS = ("public", "server", "src", "dist", "dist-server")


def stage(name: str) -> str:
    """The instructions of a stage, one a line."""
    (found,) = re.findall(rf"^FROM \S+ AS {name}$(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL)
    return str(found).replace("\\\n", " ")


def copied(text: str, *options: str) -> set[str]:
    """The base names of what the COPY instructions with these options copy."""
    lines = re.findall(rf"^COPY {' '.join(options)}((?: [^-\s]\S*)+) \S+$", text, re.MULTILINE)
    return {Path(word).name for line in lines for word in line.split()}


def after_chmod(tree: Path, name: str, paths: set[str], mode: int) -> dict[str, int]:
    """The modes of a tree of `paths` with `mode` after the chmod command of a stage, by path."""
    for path in paths:
        if path in FOLDERS:
            (tree / path / "inner").mkdir(parents=True)
        for file in (tree / path / "file", tree / path / "inner" / "file") if path in FOLDERS else (tree / path,):
            file.touch()
            file.chmod(mode)
    (command,) = re.findall(r"\bchmod .*", stage(name))
    for folder in [path for path in tree.rglob("*") if path.is_dir()]:
        folder.chmod(mode | 0o100)
    subprocess.run(command, shell=True, cwd=tree, check=True)
    return {str(path.relative_to(tree)): path.stat().st_mode & 0o777 for path in tree.rglob("*")}


@pytest.mark.parametrize(("mode", "folder", "file"), [(0o600, 0o755, 0o644), (0o666, 0o755, 0o644)])
def test_everybody_may_read_and_nobody_may_change_the_final_image(
    tmp_path: Path, mode: int, folder: int, file: int
) -> None:
    paths = copied(stage("final"), "--from=build")
    assert {"package.json", "REVISION", "dist-server", "dist"} == paths
    modes = after_chmod(tmp_path, "build", paths, mode)
    assert modes == {path: folder if (tmp_path / path).is_dir() else file for path in modes}


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_the_owner_may_change_all_sources_of_the_dev_image(tmp_path: Path, mode: int) -> None:
    paths = copied(stage("dev"), "--chown=10001:10001")
    assert {"package.json", "server", "src", "public"} <= paths
    modes = after_chmod(tmp_path, "dev", paths, mode)
    assert modes == {path: 0o700 if (tmp_path / path).is_dir() else 0o600 for path in modes}


NODE = {"usr/local/bin/node", "usr/local/bin/docker-entrypoint.sh", "opt/other/bin/node-tool"}
# Of the official image, by the path of each link and the file that it leads to; our stand-in has no Yarn.
YARN = {"usr/local/bin/yarn": "opt/yarn-v1.22.22/bin/yarn", "usr/local/bin/yarnpkg": "opt/yarn-v1.22.22/bin/yarnpkg"}
NPM = {
    "usr/local/bin/npm": "usr/local/lib/node_modules/npm/bin/npm-cli.js",
    "usr/local/bin/npx": "usr/local/lib/node_modules/npm/bin/npx-cli.js",
    "usr/local/bin/corepack": "usr/local/lib/node_modules/corepack/dist/corepack.js",
}


@pytest.mark.parametrize("links", [NPM | YARN, NPM], ids=["the official image", "the stand-in"])
def test_nothing_of_an_installer_is_left_in_the_final_image(links: dict[str, str], tmp_path: Path) -> None:
    for path in (*NODE, *links.values()):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    for path, target in links.items():
        (tmp_path / path).symlink_to(tmp_path / target)
    (command,) = re.findall(r"^RUN +(rm .*)$", stage("final"), re.MULTILINE)
    subprocess.run(re.sub(r"(?<= )/", f"{shlex.quote(str(tmp_path))}/", command), shell=True, check=True)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_symlink() or path.is_file()}
    assert left == NODE
