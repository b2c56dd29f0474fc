package access

import (
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
)

// Scopes lists the scopes, narrow ones of each kind first.
func Scopes() []Scope {
	return []Scope{StatementsWrite, StatementsReadMine, StatementsRead, State, Profile, AllRead, All, Track, APIRead, APIWrite, Admin}
}

// Tolerances lists the tolerances.
func Tolerances() []Tolerance {
	return []Tolerance{TextPlainForms, AnyStateContent, CacheBusters, LearnerAddresses, MissingVersion}
}

// ParseScopes reads scopes, each text being one or several with commas or
// spaces between them. Each counts once.
//
// Errors: fault.Invalid naming the first unknown one and those that there are.
func ParseScopes(texts []string) ([]Scope, error) { return parse("scope", texts, Scopes()) }

// ParseTolerances reads tolerances as ParseScopes reads scopes.
func ParseTolerances(texts []string) ([]Tolerance, error) {
	return parse("tolerance", texts, Tolerances())
}

func parse[T ~string](what string, texts []string, known []T) ([]T, error) {
	var found []T
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
			if !slices.Contains(known, T(word)) {
				return nil, fault.New(fault.Invalid, "%q is no %s%s; there are %s", word, what, suggestion(word, known), list(known))
			}
			if !slices.Contains(found, T(word)) {
				found = append(found, T(word))
			}
		}
	}
	return found, nil
}

// suggestion names what was probably meant: the name that differs only in case
// and in the marks between words.
func suggestion[T ~string](word string, known []T) string {
	for _, k := range known {
		if plain(word) == plain(string(k)) {
			return "; did you mean " + string(k) + "?"
		}
	}
	return ""
}

func plain(text string) string {
	return strings.ToLower(strings.NewReplacer("/", "", "_", "", "-", "", ":", "", ".", "").Replace(text))
}

func list[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = string(n)
	}
	return strings.Join(texts, ", ")
}
