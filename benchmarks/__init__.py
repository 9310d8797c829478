"""Measurements that a person starts: never part of the tests."""
