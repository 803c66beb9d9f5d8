"""Arousal and valence in naturalistic recordings: what autocorrelation leaves of a finding."""
