"""Frameloop's services on one machine: PostgreSQL and Valkey from pip packages, under one supervisor."""
