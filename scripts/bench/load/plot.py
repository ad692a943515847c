"""A picture of `./dev bench stack`: memory and processors of each container over time, as a PNG."""

from __future__ import annotations

from typing import Any

from scripts.bench.load.stack_report import Container, StackReport

WIDTH, HEIGHT = 900, 220
# Vega-Lite's own colours differ by hue alone; a dash tells the lines apart in grey as well.
NAME: dict[str, Any] = {"field": "container", "type": "nominal", "title": None}


def png(report: StackReport) -> bytes:
    import vl_convert  # a second, and only this needs it

    drawn: bytes = vl_convert.vegalite_to_png(spec(report))
    return drawn


def spec(report: StackReport) -> dict[str, Any]:
    """In Vega-Lite. The machine is named below the title."""
    run = report.conditions
    return {
        "title": {
            "text": f"The stack at {report.rate:g} requests a second",
            "subtitle": [str(run.machine), f"{run.when}, commit {run.commit}"],
            "anchor": "start",
        },
        "vconcat": [
            panel("memory, MiB", [row for each in report.containers for row in memory(each)]),
            panel("processors", [row for each in report.containers for row in processors(each)]),
        ],
        "background": "white",
    }


def panel(title: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    encoding = {
        "x": {"field": "seconds", "type": "quantitative", "title": "seconds of load"},
        "y": {"field": "value", "type": "quantitative", "title": title},
        "color": NAME,
        "strokeDash": NAME,
    }
    return {"width": WIDTH, "height": HEIGHT, "data": {"values": rows}, "mark": "line", "encoding": encoding}


def memory(container: Container) -> list[dict[str, Any]]:
    return _rows(container, [size / 2**20 for size in container.memory])


def processors(container: Container) -> list[dict[str, Any]]:
    return _rows(container, container.cores)


def _rows(container: Container, values: list[float]) -> list[dict[str, Any]]:
    first = container.readings[0].at
    return [
        {"seconds": round(reading.at - first, 1), "value": value, "container": container.name}
        for reading, value in zip(container.readings, values, strict=False)
    ]
