"""The one error that a user's input causes."""


class InputError(ValueError):
    """Input that cannot be used, with the place and the remedy.

    Parameters
    ----------
    file : str or Path
        The file, folder or configuration at fault.
    field : str
        What in it: a channel, a column, a configuration key.
    problem : str
        What is wrong.
    remedy : str
        What the user can do.
    """

    def __init__(self, file, field, problem, remedy):
        self.file = str(file)
        self.field = field
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{file}: {field}: {problem}. Remedy: {remedy}")

    def __reduce__(self):
        arguments = (
            self.file,
            self.field,
            self.problem,
            self.remedy,
        )
        return type(self), arguments
