// Package record defines the nouns that Liftmark keeps: what a company knows of
// its accounts, its people, what they learned, used, asked, answered and paid.
//
// The table of facts here is the one description of them: the importer reads
// its headers from it, the warehouse makes its tables from it, and the KPI
// compiler checks fields against it. Adding a field here adds it everywhere.
package record

import "slices"

// Type says how a field is written in files, stored and compared.
type Type int

// The types of a field. Money is written in major units ("12.50") and stored in
// minor units (1250) of the row's currency. Time is stored in UTC, to the
// microsecond.
const (
	Text Type = iota
	Integer
	Number
	Money
	Time
	Enum
	Boolean
	Email
	Country  // ISO 3166-1 alpha-2
	Currency // ISO 4217
	Zone     // IANA time zone
)

var typeNames = [...]string{"text", "integer", "number", "money", "time", "enum", "boolean", "email", "country", "currency", "zone"}

// String names the type as documentation and messages do.
func (t Type) String() string { return typeNames[t] }

// Field is one column of a fact.
type Field struct {
	Name     string
	Type     Type
	Required bool     // an empty value rejects the row
	Values   []string // of an Enum
	Min, Max *float64 // inclusive bounds of a number
	Ref      string   // the dimension whose key it holds: "account", "person" or "activity"
	Doc      string
}

// Fact is one kind of record: a dimension (account, person, activity) or
// something that happened at a time.
type Fact struct {
	Name string // singular; the name in KPI definitions
	File string // stem of the canonical file: File.csv

	// Key identifies a row. The same key again is the same record.
	Key []string
	// Versioned facts are restated: a later import with the same key replaces
	// the row, and rolling that import back restores it. The others are events
	// that never change: the same key with other content is a conflict.
	Versioned bool
	// At is the field that dates a row by default.
	At     string
	Fields []Field
	Doc    string
}

// Field finds a field by name.
func (f *Fact) Field(name string) (Field, bool) {
	i := slices.IndexFunc(f.Fields, func(d Field) bool { return d.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return f.Fields[i], true
}

// Has says whether the fact has a field of that name.
func (f *Fact) Has(name string) bool { _, ok := f.Field(name); return ok }

// Table names the physical table. Versioned facts keep every version in
// NAME_version; the view NAME shows the current ones.
func (f *Fact) Table() string {
	if f.Versioned {
		return f.Name + "_version"
	}
	return f.Name
}

// Find gives the fact of that name, or of that canonical file stem.
func Find(name string) (*Fact, bool) {
	for i := range Facts {
		if Facts[i].Name == name || Facts[i].File == name {
			return &Facts[i], true
		}
	}
	return nil, false
}
