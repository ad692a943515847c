"""Chooses who answers: the model where there is a key, else the rule-based assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.chat.protocol import Model
from app.chat.rules import RuleBased
from app.settings import Settings

MODEL_TIMEOUT_SECONDS = 20


@asynccontextmanager
async def choose_model(settings: Settings) -> AsyncIterator[Model]:
    """Open for the life of the process."""
    if settings.openai_api_key is None:
        yield RuleBased()
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
        yield OpenAIModel(client, settings.openai_model)
