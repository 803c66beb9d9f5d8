"""What a study will take: jobs, hours, storage and the critical path, from finished runs.

It needs the study's configuration and the results folders of one or more finished runs. It prints
the plan and writes nothing.
"""
