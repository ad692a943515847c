"""Regular expressions for what people say to a to-do list.

They run on the event loop, so each must take time in proportion to a message of any shape: a run that
can be entered at any of its characters is possessive (`\\s++`) and starts where it starts (`(?<!\\s)`).
"""

import re

VERBS = "add|create|delete|remove|erase|mark|complete|finish|change|rename|update|edit|remind|show|list"
NOUN = r"(?:tasks?|to-?dos?|items?|reminders?)"
DONE = r"(?:complete|completed|done|finished)"
NOT_DONE = r"(?:incomplete|uncompleted|unfinished|undone|not\s+(?:yet\s+)?\w+|pending|open|to\s?do)"

POLITE = re.compile(
    r"(?:(?:hi|hey|hello|please|ok|okay|now|also|just|kindly|so|well)\b[,!.:]?|"
    r"(?:can|could|would|will)\s+you\b|let'?s\b|i(?:'d|\s+would)\s+like\s+(?:you\s+)?to\b|i\s+want\s+(?:you\s+)?to\b)\s*",
    re.I,
)
THANKS = re.compile(r"(?<![,\s])[,\s]++(?:please|thanks|thank\s+you)[.!?]*$", re.I)
NEVER_MIND = re.compile(
    r"(?:no|nope|never\s?mind|nothing|cancel|stop|forget\s+it|none)(?:\s+of\s+them)?[.!]*", re.I
)
SECOND_COMMAND = re.compile(
    rf"(?:[.;!?\n]\s*(?:(?:and|then|also|please)\s+)*|\band\s+(?:then|also)\s+)(?:{VERBS})\b|"
    rf"\band\s+(?:{VERBS})\s+(?:the\s+|my\s+)?(?:task|#|number)",
    re.I,
)
MUST = re.compile(
    r"(?:i\s+(?:need|must|should)(?:\s+to(?!\S))?+|i\s+(?:ought|got)\s+to|(?:i'?ve|i\s+have)\s+(?:got\s+)?to|"
    r"i\s+gotta)\s+(?P<rest>.+)",
    re.I | re.S,
)

ADD = [
    re.compile(pattern, re.I | re.S)
    for pattern in (
        rf"(?:add|create|make|put|save|record|set\s+up|note)\s+(?:me\s+)?(?:(?:a|an|another|one|the)\s+)?(?:new\s+)?"
        rf"{NOUN}\b(?:\s+(?:to|for|called|named|titled|about|saying|that\s+says)\b)?\s*[:–-]?\s*(?P<title>.*)",
        rf"(?:new\s+)?{NOUN}\s*:\s*(?P<title>.+)",
        r"(?:i\s+(?:need|have|want|must)\s+(?:to\s+)?remember\s+to|remember\s+to|remind\s+me\s+(?:to|about|of|that)|"
        r"(?:please\s+)?(?:do\s+not|don'?t)\s+(?:let\s+me\s+)?forget\s+(?:to|about)|i\s+must\s+not\s+forget\s+to)\s+"
        r"(?P<title>.+)",
        r"(?:put|write)\s++(?P<title>.+?)(?<!\s)\s++(?:to|on|onto)\s++(?:my|the)\s++(?:[\w-]++\s++)?list[.!]*",
        r"add\b\s*+(?P<title>.*?)"
        r"(?:(?<!\s)\s++(?:(?:to|on|onto)\s++(?:my|the)\s++(?:[\w-]++\s++)?list|as\s++a\s++(?:new\s++)?task))?",
    )
]
DESCRIPTION = re.compile(
    r"(?<![,\s])[,\s]++with\s+(?:the\s+|a\s+)?(?:description|notes?|details?)\s*+:?\s*+(?P<description>.+)$",
    re.I | re.S,
)

SHOW = re.compile(
    r"(?:(?:show|list|display|view|see|read|get|give\s+me|tell\s+me|what|which|how\s+many|do\s+i|have\s+i|"
    r"is\s+there|are\s+there|(?:all\s+)?my)\b|what'?s\b)",
    re.I,
)
ABOUT_TASKS = re.compile(
    rf"\b(?:{NOUN}|list|everything|on\s+my\s+plate|should\s+i\s+do|{DONE}|{NOT_DONE}|left|remaining|outstanding)\b",
    re.I,
)
SHOW_PENDING = re.compile(
    rf"\b(?:{NOT_DONE}|left|remaining|outstanding|on\s+my\s+plate|should\s+i\s+do|haven'?t|have\s+not|need\s+to)\b(?!\s+list)",
    re.I,
)
SHOW_COMPLETED = re.compile(rf"\b{DONE}\b", re.I)

REOPEN = re.compile(
    rf"(?:reopen|re-open|uncomplete|unmark|uncheck|untick)\b|(?:mark|set)\s.+\s(?:as\s+|to\s+)?{NOT_DONE}$|"
    rf"change\s.+\sto\s+{NOT_DONE}$",
    re.I,
)
COMPLETE = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"(?:mark|set|tick|check)\s+(?:off\s+)?(?P<target>.+?)\s+(?:off|(?:as\s+)?{DONE})",
        r"(?:complete|finish|(?:tick|check)\s+off|close)\b\s*(?P<target>.*)",
        r"(?:i'?ve|i\s+have|i\s+am|i'?m|i)\s+(?:(?:just|already)\s+)?(?:finished|completed|done)\s+(?:with\s+)?(?P<target>.+)",
        rf"(?P<target>(?:task\s*|#)\d+|the\s+.+\s+task)\s+is\s+(?:now\s+)?{DONE}",
    )
]
DELETE = re.compile(
    r"(?:delete|remove|erase|cancel|drop|get\s+rid\s+of)\b\s*(?P<target>.*?)"
    r"(?:\s+from\s+(?:my|the)\s+(?:[\w-]+\s+)?list)?",
    re.I,
)
DESCRIBE = re.compile(
    r"(?:change|update|set|edit)\s+(?:the\s+)?(?:description|notes?|details?)\s+(?:of|for|on)\s++"
    r"(?P<target>.+?)(?<!\s)\s++to\s++(?P<text>.+)",
    re.I | re.S,
)
RENAME = [
    re.compile(
        rf"(?:change|rename|update|edit|retitle)\s++(?:the\s++)?(?:(?:title|name)\s++of\s++)?(?P<target>{target})"
        r"(?<!\s)\s++(?:to|into)\s++(?P<text>.+)",
        re.I | re.S,
    )
    for target in (r"(?:(?:the|task)\s++)*['\"‘“«`].+?['\"’”»`](?:\s++task)?", r".+?")
]
QUOTED = re.compile(r"""(?P<open>['"‘“«`])(?P<inner>.+)['"’”»`]""", re.S)
NAMED = re.compile(rf"^{NOUN}\s+(?:(?:called|named|titled|about|to|for|with)\s+|(?=['\"‘“«`]))", re.I)
QUOTES = [
    # What is in quotes, and all up to the last mark that closes one: none that opens before it has no end.
    (re.compile(r"""["“«`].+?["”»`]""", re.S), re.compile(r""".*["”»`]""", re.S)),
    (re.compile(r"""(?<!\w)['‘].+?['’](?!\w)""", re.S), re.compile(r""".*['’](?!\w)""", re.S)),
]
IDS = re.compile(rf"(?:{NOUN}|numbers?|no\.?|nr\.?|id|#|\d|,|and|&|\s)++", re.I)
BULK = re.compile(
    r"(?:all|every|everything|each|any|both|them|these|those)\b.*|"
    r"(?:.*\s)?(?:tasks|todos|to-dos|items|reminders|ones)",
    re.I,
)
VAGUE = {"", "it", "that", "this", "one", "that one", "this one", "task", "some", "something"}
