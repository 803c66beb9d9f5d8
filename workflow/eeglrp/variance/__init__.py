"""What part of a score or a map belongs to the subject, and what part to the model drawn."""
