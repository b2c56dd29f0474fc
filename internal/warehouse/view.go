package warehouse

import "time"

// Search asks for a page of a list. Text is found in any of an entry's names,
// whatever the letter case; "" finds all. Entries are in the order of their
// keys; After is the key of the last one that was given, "" at the beginning.
type Search struct {
	Text  string
	After string
	Limit int // above zero
}

// ActivityView is an activity as the facts know it.
type ActivityView struct {
	ID       string
	Name     string // "" when nothing says
	Kind     string
	Course   string
	Learners int64     // people who did something with it
	Rows     int64     // learning records
	LastSeen time.Time // of the latest; zero: none
}

// ActorView is a person as the facts know them.
type ActorView struct {
	Person   string    // key
	Names    []string  // by which facts know the person too, at most 20
	Account  string    // that the person belongs to now, "" for none
	Rows     int64     // learning records
	LastSeen time.Time // of the latest; zero: none
}
