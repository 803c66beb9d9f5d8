"""What a study will take: jobs, hours, storage and the critical path, from finished runs."""
