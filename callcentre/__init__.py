"""Wires real objects together: settings, processes, the command line. Nobody imports it."""
