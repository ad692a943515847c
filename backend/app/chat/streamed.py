"""A reply of chat completions, put together from the chunks in which it comes."""

from dataclasses import dataclass, field

from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta


@dataclass
class StreamedCall:
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class StreamedReply:
    """`end` is the server's reason for the end, such as `stop` or `length`; None while there is none."""

    words: str = ""
    end: str | None = None
    _calls: dict[int, StreamedCall] = field(default_factory=dict)

    @property
    def calls(self) -> list[StreamedCall]:
        return [self._calls[index] for index in sorted(self._calls)]

    def add(self, chunk: ChatCompletionChunk) -> str:
        """Take a chunk in; returns the words that came with it."""
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        self.end = choice.finish_reason or self.end
        # The client does not check what comes: a compatible server may leave it out.
        delta = choice.delta or ChoiceDelta()
        for part in delta.tool_calls or []:
            call = self._calls.setdefault(part.index or 0, StreamedCall())
            call.id = call.id or part.id or ""
            if part.function is not None:
                call.name += part.function.name or ""
                call.arguments += part.function.arguments or ""
        words = delta.content or delta.refusal or ""
        self.words += words
        return words
