"""Chooses who answers: a language model, the rule-based assistant, or the one for the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.chat.assistant import Models
from app.chat.measured import MeasuredModel
from app.chat.rules import RuleBased
from app.metrics import Metrics
from app.settings import ConfigurationError, Settings

MODEL_TIMEOUT_SECONDS = 20
PATIENCE = 0.6
"""The share of a turn's time after which the rules answer instead: they need some of it, too."""


def check(settings: Settings) -> None:
    """Raises ConfigurationError where only a model may answer, and it has no key."""
    if settings.openai_api_key is None and settings.assistant == "openai":
        raise ConfigurationError(
            "TODO_ASSISTANT is openai, but OPENAI_API_KEY is not set: set it, or use auto"
        )


@asynccontextmanager
async def choose_models(settings: Settings, metrics: Metrics) -> AsyncIterator[Models]:
    """Open for the life of the process."""
    if settings.openai_api_key is None or settings.assistant == "offline":
        yield Models(RuleBased())
        return
    # Loading the client takes half a second of every reload, for nothing where there is no key.
    from openai import AsyncOpenAI

    from app.chat.openai_model import OpenAIModel

    client = AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout=MODEL_TIMEOUT_SECONDS,
        max_retries=1,
    )
    async with client:
        model = MeasuredModel(OpenAIModel(client, settings.openai_model), metrics)
        rules = RuleBased() if settings.assistant == "auto" else None
        yield Models(model, rules, PATIENCE * settings.chat_budget_seconds)
