"""The made-up study whose tables the figures of this question show."""

from ...made_up_study import channel_names, make_study, smallest_study, study  # noqa: F401
