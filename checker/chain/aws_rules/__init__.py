"""How AWS decides: event selectors, alarm evaluation, metric math, policies. Pure; each rule names its source."""
