import pickle

from eeglrp.errors import InputError


def test_message_names_file_field_problem_and_remedy():
    error = InputError("a.edf", "channel T9", "is flat", "drop it")
    assert str(error) == "a.edf: channel T9: is flat. Remedy: drop it"


def test_survives_pickling():
    error = InputError("a.edf", "channel T9", "is flat", "drop it")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.remedy) == (str(error), "drop it")
