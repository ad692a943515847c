"""Reading, extending and summarising JUnit reports."""

from pathlib import Path

from scripts.testing.junit import Outcome, add_case, read_junit, summary

REPORT = """<testsuites><testsuite>
<testcase name="good"/><testcase name="bad"><failure message="x"/></testcase>
<testcase name="broken"><error message="y"/></testcase>
<testcase name="left out"><skipped message="tilt is not on PATH"/></testcase>
</testsuite></testsuites>"""


def test_passes_failures_errors_and_skips_are_counted(tmp_path: Path) -> None:
    report = tmp_path / "r.xml"
    report.write_text(REPORT)
    assert read_junit(report, 1) == Outcome(1, 2, ("left out: tilt is not on PATH",), ok=False)


def test_a_run_without_a_report_or_with_a_failing_status_is_never_ok(tmp_path: Path) -> None:
    assert not read_junit(tmp_path / "none.xml", 0).ok
    report = tmp_path / "r.xml"
    report.write_text('<testsuite><testcase name="good"/></testsuite>')
    assert read_junit(report, 0).ok
    assert not read_junit(report, 3).ok


def test_a_tier_selected_only_if_tests_were_selected(tmp_path: Path) -> None:
    report = tmp_path / "r.xml"
    report.write_text("<testsuite/>")
    assert not read_junit(report, 5).ok
    assert read_junit(report, 5, selected=True) == Outcome()


def test_what_was_left_out_by_name_is_no_skip(tmp_path: Path) -> None:
    report = tmp_path / "r.xml"
    report.write_text('<a><testcase name="good"/><testcase name="other"><skipped/></testcase></a>')
    assert read_junit(report, 0, selected=True) == Outcome(1)
    assert read_junit(report, 0).skips == ("other: no reason given",)


def test_cases_are_added_to_a_new_report_and_to_one_of_another_program(tmp_path: Path) -> None:
    report = tmp_path / "new" / "r.xml"
    add_case(report, "lint", "ruff", None)
    add_case(report, "lint", "mypy", "\x1b[31mbad\x1b[0m \x00type\n\n")
    assert read_junit(report, 0) == Outcome(1, 1, ok=False)
    text = report.read_text()
    assert 'tests="2" failures="1"' in text and 'message="bad type"' in text

    other = tmp_path / "other.xml"
    other.write_text(REPORT)
    add_case(other, "set-up", "types", None)
    assert read_junit(other, 1).passed == 2


def test_the_summary_names_every_skip_and_counts_them() -> None:
    text = summary({"unit": (Outcome(3, 0, ("a: no tilt",)), 1.0), "e2e": (Outcome(1, 1, (), ok=False), 2.0)})
    assert "skipped in unit: a: no tilt" in text
    assert "e2e       FAILED" in text
    assert text.endswith("4 passed, 1 failed, 1 skipped in 3 s")
