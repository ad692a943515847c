"""The words that mean something to the assistant, as data."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SINGULAR = words("task todo to-do item reminder")
PLURAL = words("tasks todos to-dos items reminders")
NOUN = SINGULAR | PLURAL
DEFINITE = words("the this my our your")
NEWNESS = words("new another following quick")
DETERMINERS = DEFINITE - {"this"} | words("a an")
ARTICLES = DEFINITE | NEWNESS | words("a an one some more these")

DONE = words("complete completed done finished")
OPEN = words("incomplete uncompleted unfinished undone pending open outstanding remaining todo to-do not")
STATUS = {**dict.fromkeys(DONE, "completed"), **dict.fromkeys(OPEN - {"not"}, "pending")}

PLEASE = words("please pls plz")
GREETINGS = PLEASE | words(
    "hi hey hello ok okay now also just kindly so well then and alright great thanks yes yeah sure sorry oops"
)
THANKS = PLEASE | words("thanks thx cheers")

INTERROGATIVES = words(
    "what what's whats which who who's whose where where's why how how's is are am was were isn't "
    "aren't wasn't do does did didn't doesn't have has had haven't hasn't should shall shouldn't can "
    "could can't couldn't would wouldn't will won't may might must am"
)
NEGATIONS = words(
    "don't dont do-not never no nope not stop nothing none neither without no-one nevermind nvm nah hold wait"
)
CONDITIONS = words(
    "if unless when whenever once while after before until till whatever suppose supposing imagine "
    "assuming pretend"
)
HEDGES = words("maybe perhaps possibly probably hopefully someday")
DOUBT = CONDITIONS | words(
    "but not don't dont never no except or instead maybe later tomorrow tonight yet soon kidding wait "
    "was is said says"
)
"""Within the words for a task they may belong to its title, or take back or put off what is asked."""

NEVER_MINDS = words("nope nah nvm nevermind jk dont don't")
"""What takes back the sentence that it ends, also without a comma before it."""
TAKEN_BACK = (
    CONDITIONS
    | HEDGES
    | NEVER_MINDS
    | words(
        "but kidding was is except instead wait actually not no never or said says later soon guess think "
        "because would joke joking"
    )
)
"""Within the new title of a task, unless it is in quotes, they leave open whether they belong to it."""

PREPOSITIONS = words(
    "for to of about with from at in on until till before after during between by into onto over under "
    "against as per via than near since off out up behind"
)
CLAUSES = CONDITIONS | words(
    "is are was were am isn't aren't wasn't what what's who who's which that whether where how why because "
    "will would should could did does said says has must i i'm i'll i've i'd we we're we'll we've we'd "
    "he he's he'll he'd she she's she'll she'd they they're they'll they've they'd it's it'll there's that's "
    "you're you'll you've you'd won't can't don't doesn't didn't "
    # As they are typed without the apostrophe, where that is no other word.
    "isnt arent wasnt whats whos im ill ive hes shes theyre theyll theyve its theres thats youre youll youve "
    "wont cant dont doesnt didnt"
)
"""A title with one of these has a part of its own that a date behind it may belong to."""
HANGING = (
    PREPOSITIONS
    | DETERMINERS
    | CLAUSES
    | words("and or but nor be been not this next last every each very its his her their these those")
)
"""What no title ends in before a date."""

WITH_ON = words("decide agree settle insist focus reflect comment vote")
WITH_DAYS = words(
    "plan enjoy discuss review prepare organize organise seize celebrate remember describe own usa"
)
"""What a day behind belongs to, after "on" or by itself."""

AFTER_ALL = NEVER_MINDS | words("no never wait actually sorry oops stop cancel forget hold")
"""What takes back the sentence before it, and is no answer to a question."""
TAKING_BACK = AFTER_ALL | PLEASE | words("mind just kidding joking not that it on scratch")
"""What such an end is made of: "no, please don't", "scratch that"."""
CORRECTING = (
    ("sorry|oops|whoops|correction|actually",),
    ("i", "mean|meant"),
    ("scratch|forget|ignore|cancel", "that|it"),
    ("oh|hm|hmm", "no|wait|sorry|actually"),
    ("i|i've", "changed", "my", "mind"),
    ("changed", "my", "mind"),
    ("on", "second", "thought|thoughts"),
)
"""How what follows a title begins that replaces it, or takes it back."""

ADDING = words("add create make put save record note write jot log")
COMPLETING = words("complete")
MARKING = words("mark set tick check cross")
DELETING = words("delete remove erase")
RENAMING = words("rename retitle")
CHANGING = words("change update edit set")
AMBIGUOUS = {
    **dict.fromkeys(words("finish close"), "complete"),
    **dict.fromkeys(words("cancel drop scrap clear trash"), "delete"),
}
"""Verbs of titles as well: they count only where the sentence calls what follows a task."""
FINISHING = COMPLETING | {verb for verb, kind in AMBIGUOUS.items() if kind == "complete"}
"""What people also want to do themselves."""
COMMANDS = (
    words("add create remind show list mark tick check reopen undo")
    | words("move reschedule postpone")
    | COMPLETING
    | DELETING
    | RENAMING
    | CHANGING - {"set"}
    | frozenset(AMBIGUOUS)
)
STATES = words("be have in on at by due")
"""What titles seldom begin with, unlike "change task 3 to be due tomorrow"."""
VAGUE = words("something anything") | NOUN
"""The same of "change task 3 to something shorter"."""
UNDOING = words("undo revert")
UNDONE = words("it that this the my last change one thing deletion again")
"""What may follow "undo"."""
RESTORING = words("restore undelete")
REOPENING = words("reopen re-open uncomplete unmark uncheck untick")
TAGGING = words("tag label")
UNABLE = words("prioritize prioritise assign share pin star flag")
MOVING = words("move reschedule postpone schedule push delay snooze shift")
POSTPONING = words("postpone push delay snooze")
SETTING = MOVING | TAGGING | words("make set")
"""Verbs of titles that are orders where "it" or what a task has follows: "and make it urgent"."""
SETTABLE = words("due deadline date priority tag tags label description title")
SEARCHING = words("find search")

CONNECTORS = words("to for called named titled about saying")
NAMING = words("called named titled")
FIELDS = words(
    "description descriptions note notes detail details comment comments due deadline date priority tag "
    "tags label subtask subtasks reminder attachment attachments"
)
NOT_A_TITLE = words(
    "it that this them these those something anything nothing one more another me us him her some "
    "everything all same"
)
INTERFACE = words("button buttons icon feature function option menu page form command")
OF_THE_APP = words("mode theme themes view emoji emojis notifications widget widgets shortcuts sorting")
"""What "can you add …?" ends in that asks for more of the app, and for no task."""
BEING = words("is isn't was are aren't does doesn't did didn't has hasn't seems won't can't should looks")
WHEN = words(
    "today tonight tomorrow yesterday now later soon next this coming week weekend month year day "
    "morning afternoon evening noon midnight monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november december by on at due "
    "until in a the of end days weeks months am pm asap tmrw tmr every half past o'clock"
)
PRIORITIES = {
    **dict.fromkeys(words("high top urgent important p1"), "high"),
    **dict.fromkeys(words("medium normal p2"), "medium"),
    **dict.fromkeys(words("low unimportant p3"), "low"),
}
HOW_URGENT = frozenset(PRIORITIES) | words("priority prio very as a")
COMPARED = words("higher highest lower lowest critical")
"""No priorities, but no titles either."""

_COUNTED = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
_ORDERED = "first second third fourth fifth sixth seventh eighth ninth tenth"
_SHORTLY = "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th"

NUMBER_WORDS = {word: number for number, word in enumerate(_COUNTED.split(), 1)}
ORDINALS = {
    **{word: place for place, word in enumerate(_ORDERED.split())},
    **{word: place for place, word in enumerate(_SHORTLY.split())},
    "last": -1,
}

OF_NO_TITLE = (
    STATUS.keys()
    | HOW_URGENT
    | COMPARED
    | ORDINALS.keys()
    | NOUN
    | words(
        "new old next previous other another current recent latest newest oldest earliest upcoming overdue "
        "due bottom middle same wrong one list lists"
    )
)
"""What tells tasks apart by their status, priority or place, so that by itself it is no word of a title."""
NOT_TASKS = words("account chat conversation password profile data session app")
"""What is no word of a title by itself where one is deleted or renamed: "delete my account"."""
NOT_DUTIES = words(
    "say admit confess insist think know ask tell be have wait stop thank apologise apologize understand "
    "undo cancel revert not never warn guess wonder see"
)
"""What follows "I must" without being something to do."""
PARTINGS = words("go leave run sleep rest stop pee")
"""Nothing to do either, where nothing follows."""
AFTERTHOUGHTS = (
    AFTER_ALL
    | PLEASE
    | words(
        "i i'm i've i'd i'll that's hmm hm what which who why how when is are do does did can could would "
        "should nothing none neither you it that this yes ok okay hello thanks there help later same lol "
        "haha whoops idk dunno um uh er bye"
    )
)
"""How a message begins that is no answer to the question for a title."""
PUTTING_OFF = (
    ("let", "me"),
    ("hang", "on"),
    ("changed", "my", "mind"),
    ("skip", "it|this|that"),
    ("the", "same"),
)
MOMENTS = words("sec second moment minute")
"""How such an answer ends: "give me a second"."""
GIVING_UP = words("abort skip quit exit")
"""The same, by itself: "quit smoking" is a title."""
