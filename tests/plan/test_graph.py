from eeglrp.plan.graph import Job, longest_chain


def job(rule, inputs="", outputs=""):
    return Job(rule, "", tuple(inputs.split()), tuple(outputs.split()), 1, {})


JOBS = [
    job("report", "table figure"),
    job("train", "windows", "model"),
    job("table", "model", "table"),
    job("figure", "windows", "figure"),
    job("windows", "raw", "windows"),
]


def chain(seconds):
    return [JOBS[place].rule for place in longest_chain(JOBS, seconds)]


def test_the_longest_chain_is_in_order_from_the_first_job():
    assert chain([1, 10, 1, 2, 1]) == ["windows", "train", "table", "report"]


def test_one_slow_job_moves_the_chain():
    assert chain([1, 10, 1, 20, 1]) == ["windows", "figure", "report"]


def test_no_jobs_have_no_chain():
    assert longest_chain([], []) == []


def test_files_that_no_job_makes_are_no_edges():
    assert longest_chain([job("a", "raw"), job("b", "raw")], [1, 2]) == [1]
