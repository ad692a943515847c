"""Reading JUnit reports and summarising them."""

from pathlib import Path

from scripts.junit import Outcome, read_junit, summary

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


def test_a_tier_may_be_empty_only_if_tests_were_selected(tmp_path: Path) -> None:
    report = tmp_path / "r.xml"
    report.write_text("<testsuite/>")
    assert not read_junit(report, 5).ok
    assert read_junit(report, 5, may_be_empty=True) == Outcome()


def test_the_summary_names_every_skip_and_counts_them() -> None:
    text = summary({"unit": (Outcome(3, 0, ("a: no tilt",)), 1.0), "e2e": (Outcome(1, 1, (), ok=False), 2.0)})
    assert "skipped in unit: a: no tilt" in text
    assert "e2e       FAILED" in text
    assert text.endswith("4 passed, 1 failed, 1 skipped in 3 s")
