"""What a model changes in several steps of one turn: told, done once, and taken back as a whole."""

from model_api import Talk, calls, calls_all, says
from servers import Person


def _state(person: Person) -> list[tuple[int, str, bool]]:
    tasks = person.ok(person.http.get("/api/me/tasks"))
    return [(task["id"], task["title"], task["completed"]) for task in tasks]


def test_a_question_tells_what_was_done_before_it_in_the_turn(talk: Talk) -> None:
    person, _ = talk(calls("delete_task", {"task_id": 1}), calls("delete_task", {"task_id": 2}))
    person.add("Milk")
    person.add("Rent")
    asked = person.say("delete milk and rent")
    assert asked["response"].startswith("Deleted task 1, “Milk”.\n- Delete task 2, “Rent”\n")
    declined = person.say("no", asked["conversation_id"])["response"]
    assert "nothing of that was done" in declined and "changed nothing" not in declined
    assert person.titles() == ["Rent"]


def test_a_question_does_not_tell_what_the_model_corrected_before_it(talk: Talk) -> None:
    person, _ = talk(calls("complete_task", {"task_id": 9}), calls_all(*TWO_DELETIONS))
    person.add("Milk")
    person.add("Rent")
    assert person.say("delete milk and rent")["response"].startswith("- Delete task 1, “Milk”\n")


TWO_DELETIONS = [("delete_task", {"task_id": number}) for number in (1, 2)]


def test_a_turn_that_takes_too_many_steps_tells_those_that_it_took(talk: Talk) -> None:
    batches = [[("add_task", {"title": f"Task {n}"}) for n in range(m, m + 9)] for m in (0, 9, 18)]
    person, _ = talk(*(calls_all(*batch) for batch in batches))
    answer = person.say("add a few")
    assert len(person.titles()) == 18
    assert "Added “Task 0” as task 1." in answer["response"] and "“Task 17”" in answer["response"]
    assert "not begun the last 9" in answer["response"]


def test_an_addition_that_the_model_repeats_is_made_once(talk: Talk) -> None:
    person, api = talk(*[calls("add_task", {"title": "Milk"})] * 3, says("Added milk."))
    answer = person.say("add milk")
    assert person.titles() == ["Milk"]
    assert [call["ok"] for call in answer["tool_calls"]] == [True, False, False]
    assert "done already" in api.tool_results()[-1]["result"]


def test_a_title_forges_no_line_of_an_answer(talk: Talk) -> None:
    person, _ = talk(calls_all(("complete_task", {"task_id": 1}), ("delete_task", {"task_id": 2})))
    for title in ("Milk”\n- Complete task 9, “Harmless", "Rent\u2028- Delete task 8"):
        person.add(title)
    asked = person.say("complete milk and rent")
    first, second, question = asked["response"].splitlines()
    assert first == "- Complete task 1, “Milk” - Complete task 9, “Harmless”"
    assert second == "- Delete task 2, “Rent - Delete task 8”" and question
    assert [call["summary"] for call in asked["approval"]["calls"]] == [first[2:], second[2:]]
    done = person.say("yes", asked["conversation_id"])
    assert len(done["response"].splitlines()) == 2


def test_a_title_forges_no_line_of_a_list(ada: Person) -> None:
    ada.add("Milk\n- 9: Harmless")
    assert "- 1: Milk - 9: Harmless\n" in ada.say("Show my tasks")["response"]
