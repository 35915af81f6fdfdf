"""From the table of trials to tables, figures and reports. Takes pandas, returns pandas or a figure; needs no torch."""
