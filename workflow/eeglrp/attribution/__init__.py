"""Attribution methods behind one signature, and the job that stores what they say."""
