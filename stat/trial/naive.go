package trial

// naiveCurves compares units that were ever treated with units that never
// were, from the first observed period on: the comparison that a spreadsheet
// makes. It is wrong in two ways at once, which is why it is shown: those
// treated late had to survive until then (immortal time), and those who choose
// treatment differ (confounding).
func (r *replicate) naiveCurves() (curves, error) {
	e := r.model.emulation
	for a := range r.naive {
		r.naive[a].reset()
	}
	for i, u := range e.panel.Units {
		observed := u.Exit - max(u.Entry, 0) + 1
		follow := min(observed, e.opt.Horizon)
		r.naive[arm(u.Treated != Never)].add(follow, u.Event && follow == observed, r.count[e.cluster[i]])
	}
	return r.finish(&r.naive)
}
