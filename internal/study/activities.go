package study

// Activities is the filter over learning facts that selects what the treatment
// is about, whatever people did with it.
func (t Treatment) Activities() string { return t.what() }
