package file

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
)

// personEmail is a column that any fact with a person may have: it says who the
// person is where person_id is empty.
const personEmail = "person_email"

// recognise gives the fact that a canonical file holds, by its name and header.
//
// Errors: fault.Invalid, which names the columns that are missing.
func recognise(st *stage) (*record.Fact, error) {
	fact := factByName(st.name)
	if fact == nil && st.sheet != "" {
		fact = factByName(st.in.name)
	}
	if fact == nil {
		hint := "name it after what it holds (" + strings.Join(fileNames(), ".csv, ") + ".csv), or describe it in a mapping (import --suggest writes a first one)"
		if like := factByHeader(st); like != nil {
			hint = "its header looks like " + like.Name + ": name it " + like.File + ".csv, or describe it in a mapping (import --suggest writes a first one)"
		}
		return nil, fault.New(fault.Invalid, "%s: the name does not say what it holds; %s", st.label, hint)
	}
	if missing := missingFields(st, fact); len(missing) > 0 {
		return nil, fault.New(fault.Invalid, "%s: %s has no column %s (it has %s); add it, or say in a mapping which column holds it (import --suggest writes a first one)",
			st.label, fact.File, strings.Join(missing, ", "), columnList(st.columns))
	}
	return fact, nil
}

func columnList(columns []string) string {
	if len(columns) > 12 {
		return strings.Join(columns[:12], ", ") + ", …"
	}
	return strings.Join(columns, ", ")
}

func fileNames() []string {
	names := make([]string, len(record.Facts))
	for i := range record.Facts {
		names[i] = record.Facts[i].File
	}
	return names
}

// factByName finds the fact whose file stem begins the name, the longest one:
// usage.csv, usage-2026-01.csv, "Usage (2).xlsx".
func factByName(name string) *record.Fact {
	stem := strings.ToLower(strings.TrimSuffix(name, filepath.Ext(name)))
	if filepath.Ext(name) == name || stem == "" {
		stem = strings.ToLower(name)
	}
	var best *record.Fact
	length := 0
	for i := range record.Facts {
		for _, candidate := range []string{record.Facts[i].File, record.Facts[i].Name} {
			rest, ok := strings.CutPrefix(stem, candidate)
			if ok && len(candidate) > length && (rest == "" || strings.ContainsRune("-_. ([0123456789", rune(rest[0]))) {
				best, length = &record.Facts[i], len(candidate)
			}
		}
	}
	return best
}

// factByHeader finds the fact with the most columns here, if it has all that it
// needs.
func factByHeader(st *stage) *record.Fact {
	var best *record.Fact
	most := 1
	for i := range record.Facts {
		fact := &record.Facts[i]
		if len(missingFields(st, fact)) > 0 {
			continue
		}
		n := 0
		for _, f := range fact.Fields {
			if st.column(f.Name) >= 0 {
				n++
			}
		}
		if n > most {
			best, most = fact, n
		}
	}
	return best
}

func missingFields(st *stage, fact *record.Fact) (missing []string) {
	for _, f := range fact.Fields {
		if !f.Required || st.column(f.Name) >= 0 {
			continue
		}
		if f.Name == "person_id" && st.column(personEmail) >= 0 && fact.Name != "person" {
			continue
		}
		missing = append(missing, f.Name)
	}
	return missing
}

// column finds a column by name, exactly or else by its normal form; -1: none.
func (st *stage) column(name string) int {
	if i := slices.Index(st.columns, name); i >= 0 {
		return i
	}
	key := normalName(name)
	if key == "" {
		return -1
	}
	return slices.IndexFunc(st.columns, func(c string) bool { return normalName(c) == key })
}
