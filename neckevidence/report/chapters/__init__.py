"""The chapters of the report: each asks the package for results and puts words, tables and pictures around them."""
