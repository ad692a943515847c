"""What an image's containers lack after edits, with real files: nothing is sent twice, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from scripts.engine.update.build import BuiltImage
from scripts.engine.update.contents import ImageContents
from scripts.engine.update.plan import Plan
from scripts.engine.update.sync import archive
from scripts.files.ignore import Ignore, for_image
from scripts.revision import KnownSources, revision
from scripts.tiltfile.model import Image, Rules, Run, Sync


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "svc/app/sub").mkdir(parents=True)
    for name in ("app/a.py", "app/sub/b.py", "app/sub/c.py", "deps.txt"):
        (tmp_path / "svc" / name).write_text(name)
    (tmp_path / "svc/.dockerignore").write_text("*\n!app\n!deps.txt\n")
    return tmp_path / "svc"


@pytest.fixture
def live(context: Path) -> ImageContents:
    return deployed(context)


def deployed(context: Path) -> ImageContents:
    rules = Rules((), (Sync(context / "app", "/app"),), (Run(("go",), (context / "app/sub",)),))
    image = Image("svc", context, context / "Dockerfile", rules=rules)
    made = ImageContents(image, for_image(image, context.parent / "Tiltfile", ()), sources_of)
    deploy(made, "svc:1")
    return made


def sources_of(image: Image) -> KnownSources:
    return KnownSources(image.context, ["app"])


def deploy(live: ImageContents, ref: str) -> None:
    live.deployed(BuiltImage(ref, ref), live.sources())


def rewrite(file: Path, text: str) -> None:
    """At a later time of the file system, whose clock has ticks."""
    before = file.stat().st_ctime_ns
    while file.stat().st_ctime_ns == before:
        file.write_text(text)


def save(live: ImageContents, *paths: Path) -> Plan:
    return live.scan(paths)


def send(live: ImageContents, container: str) -> Plan:
    plan = live.lacks(container)
    assert live.received(container, plan, archive(plan.copies)[1]) == set()
    return plan


def targets(plan: Plan) -> list[str]:
    return [copy.target for copy in plan.copies]


def test_a_save_that_changes_nothing_does_nothing(live: ImageContents, context: Path) -> None:
    (context / "app/a.py").write_text("app/a.py")
    (context / "deps.txt").touch()
    assert save(live, context / "app/a.py", context / "deps.txt").action == "none"


def test_a_changed_file_is_sent_to_each_container_once(live: ImageContents, context: Path) -> None:
    (context / "app/a.py").write_text("new")
    assert save(live, context / "app/a.py").action == "sync"
    assert targets(send(live, "one")) == ["/app/a.py"]
    assert send(live, "one").action == "none"
    assert targets(send(live, "two")) == ["/app/a.py"]


def test_a_restarted_container_gets_all_that_changed_since_the_build(live: ImageContents, context: Path) -> None:
    for name in ("app/a.py", "app/sub/b.py"):
        (context / name).write_text("new")
        save(live, context / name)
        send(live, "first")
    (context / "app/sub/c.py").unlink()
    save(live, context / "app/sub/c.py")
    plan = send(live, "after the restart")
    assert (targets(plan), plan.removes) == (["/app/a.py", "/app/sub/b.py"], ("/app/sub/c.py",))
    assert plan.action == "run"


def test_an_edit_taken_back_is_taken_back_in_the_container_and_unknown_to_a_new_one(
    live: ImageContents, context: Path
) -> None:
    for text in ("new", "app/a.py"):
        (context / "app/a.py").write_text(text)
        save(live, context / "app/a.py")
        assert targets(send(live, "old")) == ["/app/a.py"]
    assert send(live, "new").action == "none"


def test_what_was_saved_again_while_it_was_packed_and_then_put_back_is_put_back_in_the_container(
    live: ImageContents, context: Path
) -> None:
    file = context / "app/a.py"
    file.write_text("seen")
    save(live, file)
    plan = live.lacks("one")
    file.write_text("packed")
    live.received("one", plan, archive(plan.copies)[1])
    file.write_text("seen")
    assert save(live, file) == live.lacks("one")
    assert targets(send(live, "one")) == ["/app/a.py"]
    assert save(live, file).action == "none"


def test_what_was_away_while_it_was_packed_is_sent_when_it_is_back(live: ImageContents, context: Path) -> None:
    file = context / "app/a.py"
    file.write_text("seen")
    save(live, file)
    plan = live.lacks("one")
    file.unlink()
    assert live.received("one", plan, archive(plan.copies)[1]) == {file}
    file.write_text("seen")
    assert save(live, file) == live.lacks("one")
    assert targets(send(live, "one")) == ["/app/a.py"]


def test_what_may_have_arrived_is_sent_again_even_if_it_was_taken_back_and_its_commands_are_repeated(
    live: ImageContents, context: Path
) -> None:
    changed, gone = context / "app/sub/b.py", context / "app/sub/c.py"
    changed.write_text("new")
    gone.unlink()
    save(live, changed, gone)
    live.lacks("one")
    live.may_have_received("one")
    again = live.lacks("one")
    assert (targets(again), again.removes) == (["/app/sub/b.py"], ("/app/sub/c.py",))
    for file in (changed, gone):
        file.write_text(f"app/sub/{file.name}")
    save(live, changed, gone)
    plan = send(live, "one")
    assert (targets(plan), plan.removes, plan.action) == (["/app/sub/b.py", "/app/sub/c.py"], (), "run")
    assert send(live, "one").action == "none"


def test_a_deleted_folder_goes_with_its_files(live: ImageContents, context: Path) -> None:
    for name in ("b.py", "c.py"):
        (context / "app/sub" / name).unlink()
    (context / "app/sub").rmdir()
    save(live, context / "app/sub")
    assert send(live, "one").removes == ("/app/sub", "/app/sub/b.py", "/app/sub/c.py")


def test_a_folder_that_has_gone_since_it_was_looked_at_stays_with_its_other_files(
    live: ImageContents, context: Path
) -> None:
    folder = context / "app/sub"
    (folder / "b.py").unlink()
    save(live, folder / "b.py")
    rmtree(folder)
    assert send(live, "one").removes == ("/app/sub/b.py",)
    folder.mkdir()
    for name in ("b.py", "c.py"):
        (folder / name).write_text(f"app/sub/{name}")
    save(live, folder)
    assert targets(send(live, "one")) == ["/app/sub/b.py"]


@pytest.mark.parametrize(
    ("source", "target"), [("shared", "/app/sub/"), ("shared/d.py", "/app/sub/d.py"), ("shared", "/app/sub/deep")]
)
def test_a_deleted_folder_stays_in_the_container_where_another_sync_puts_files_into_it(
    context: Path, source: str, target: str
) -> None:
    (context / "shared").mkdir()
    (context / "shared/d.py").write_text("shared")
    syncs = Sync(context / source, target), Sync(context / "app", "/app")
    live = ImageContents(Image("svc", context, context / "Dockerfile", rules=Rules((), syncs)), Ignore())
    deploy(live, "svc:1")
    rmtree(context / "app/sub")
    save(live, context / "app/sub")
    assert send(live, "one").removes == ("/app/sub/b.py", "/app/sub/c.py")
    rmtree(context / "app")
    (context / "app").mkdir()
    save(live, context / "app")
    assert send(live, "one").removes == ("/app/a.py",)


def test_a_renamed_folder_moves_its_files(live: ImageContents, context: Path) -> None:
    (context / "app/sub").rename(context / "app/other")
    save(live, context / "app/sub", context / "app/other")
    plan = send(live, "one")
    assert targets(plan) == ["/app/other/b.py", "/app/other/c.py"]
    assert plan.removes == ("/app/sub", "/app/sub/b.py", "/app/sub/c.py")


def test_lost_events_are_made_good_by_looking_at_everything(live: ImageContents, context: Path) -> None:
    (context / "app/a.py").write_text("new")
    (context / "app/sub/b.py").unlink()
    (context / "app/new.py").write_text("new")
    assert live.scan([], everything=True).action == "run"
    plan = send(live, "one")
    assert (targets(plan), plan.removes) == (["/app/a.py", "/app/new.py"], ("/app/sub/b.py",))


@pytest.mark.parametrize("everything", [False, True])
def test_a_context_that_is_a_link_has_the_files_below_what_it_leads_to(context: Path, everything: bool) -> None:
    link = context.parent / "link"
    link.symlink_to(context.name)
    live = deployed(link)
    (link / "app/a.py").unlink()
    (link / "app/new.py").write_text("new")
    live.scan([link / "app/a.py", link / "app/new.py"], everything=everything)
    plan = send(live, "one")
    assert (targets(plan), plan.removes, live.problem) == (["/app/new.py"], ("/app/a.py",), "")


def test_a_context_that_is_led_elsewhere_has_the_files_that_are_there(context: Path) -> None:
    link, other = context.parent / "link", context.parent / "elsewhere/svc"
    link.symlink_to(context.name)
    live = deployed(link)
    copytree(context, other)
    (other / "app/a.py").write_text("other")
    link.unlink()
    link.symlink_to(other)
    save(live, link)
    assert targets(send(live, "one")) == ["/app/a.py"]


def test_a_change_of_a_folder_that_holds_the_context_is_one_of_the_files_in_the_context(
    live: ImageContents, context: Path
) -> None:
    (context.parent / "README.md").write_text("x")
    (context / "app/a.py").write_text("new")
    save(live, context.parent)
    assert targets(send(live, "one")) == ["/app/a.py"]


def test_files_outside_of_the_context_and_ignored_ones_are_no_concern(live: ImageContents, context: Path) -> None:
    (context / "README.md").write_text("x")
    (context / "app/a.py~").write_text("x")
    assert save(live, context / "README.md", context / "app/a.py~", context.parent / "other/x").action == "none"


def test_a_changed_dependency_file_rebuilds(live: ImageContents, context: Path) -> None:
    (context / "deps.txt").write_text("more")
    assert save(live, context / "deps.txt").action == "rebuild"


def test_sources_that_are_not_deployed_change_nothing(live: ImageContents, context: Path) -> None:
    (context / "app/a.py").write_text("new")
    save(live, context / "app/a.py")
    send(live, "one")
    (context / "deps.txt").write_text("more")
    assert save(live, context / "deps.txt").action == "rebuild"
    live.sources()  # a build began, and failed
    assert send(live, "one").action == "none"
    assert targets(send(live, "after a restart")) == ["/app/a.py"]


def test_a_new_image_has_what_was_sent_to_containers_of_the_old_one(live: ImageContents, context: Path) -> None:
    (context / "app/a.py").write_text("new")
    save(live, context / "app/a.py")
    deploy(live, "svc:2")
    assert send(live, "new").action == "none"


def test_the_same_image_again_leaves_what_its_containers_were_sent(live: ImageContents, context: Path) -> None:
    (context / "app/a.py").write_text("new")
    save(live, context / "app/a.py")
    send(live, "one")
    (context / "app/a.py").write_text("app/a.py")
    deploy(live, "svc:1")
    assert targets(send(live, "one")) == ["/app/a.py"]
    assert send(live, "new").action == "none"


def test_a_definition_makes_another_image_when_it_differs(live: ImageContents) -> None:
    assert not live.redefine(live.image, for_image(live.image, live.image.context.parent / "Tiltfile", ()))
    assert live.redefine(replace(live.image, recipe="FROM another"), live.ignore)
    assert not live.redefine(live.image, live.ignore)


def test_the_revision_stays_while_the_image_of_another_definition_is_built(live: ImageContents, context: Path) -> None:
    expected = revision(context, ["app"])
    assert live.revision == expected
    assert live.redefine(replace(live.image, recipe="FROM another"), live.ignore)
    assert live.revision == expected
    (context / "app/a.py").write_text("new")
    deploy(live, "svc:2")
    assert live.revision == revision(context, ["app"]) != expected


def test_a_save_that_is_undone_before_the_build_ends_is_undone_in_the_image(live: ImageContents, context: Path) -> None:
    file = context / "app/a.py"
    sources = live.sources()
    rewrite(file, "built")
    rewrite(file, "app/a.py")
    live.deployed(BuiltImage("svc:2", "2"), live.after_build(sources))
    assert live.revision == revision(context, ["app"])
    assert save(live, file).action == "sync"
    for container in ("one", "restarted"):
        assert targets(send(live, container)) == ["/app/a.py"]
        assert send(live, container).action == "none"


def test_a_file_that_only_an_image_can_bring_is_built_again_when_it_is_put_back_during_the_build(
    live: ImageContents, context: Path
) -> None:
    sources = live.sources()
    rewrite(context / "deps.txt", "built")
    rewrite(context / "deps.txt", "deps.txt")
    live.deployed(BuiltImage("svc:2", "2"), live.after_build(sources))
    assert save(live, context / "deps.txt").action == "rebuild"
    deploy(live, "svc:3")
    assert save(live, context / "deps.txt").action == "none"


def test_a_file_that_came_during_the_build_and_has_gone_since_goes_from_the_container(
    live: ImageContents, context: Path
) -> None:
    sources = live.sources()
    (context / "app/new.py").write_text("new")
    sources = live.after_build(sources)
    (context / "app/new.py").unlink()
    live.deployed(BuiltImage("svc:2", "2"), sources)
    assert save(live, context / "app/new.py").action == "sync"
    assert send(live, "one").removes == ("/app/new.py",)


def test_what_is_left_alone_during_the_build_is_not_sent(live: ImageContents, context: Path) -> None:
    sources = live.sources()
    live.deployed(BuiltImage("svc:2", "2"), live.after_build(sources))
    assert live.scan((), everything=True).action == "none"
    assert send(live, "one").action == "none"
