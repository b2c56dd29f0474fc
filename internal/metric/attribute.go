package metric

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// attributeNames knows the further columns of facts.
type attributeNames interface {
	// attribute gives the stored name of a fact's further column that name
	// means, see SameName. Errors: fault.NotFound with the names there are.
	attribute(fact, name string) (string, error)
}

// SameName says whether two names of a column mean the same: they have the same
// letters and digits, in either case. TechSupport, tech_support and "Tech
// support" do; an import stores them as tech_support.
func SameName(a, b string) bool { return bareName(a) == bareName(b) }

func bareName(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// shownNames bounds a list of names in a message.
const shownNames = 20

func (l *lookups) attribute(fact, name string) (string, error) {
	names, err := l.attributes(fact)
	if err != nil {
		return "", err
	}
	if slices.Contains(names, name) {
		return name, nil
	}
	if i := slices.IndexFunc(names, func(known string) bool { return SameName(known, name) }); i >= 0 {
		return names[i], nil
	}
	if len(names) == 0 {
		return "", fault.New(fault.NotFound, "no %s has the attribute %q; %s rows have no further columns", fact, name, fact)
	}
	list := strings.Join(names[:min(shownNames, len(names))], ", ")
	if more := len(names) - shownNames; more > 0 {
		list += sentence(" and %d more", more)
	}
	return "", fault.New(fault.NotFound, "no %s has the attribute %q; there are %s", fact, name, list)
}

// attributes lists a fact's further columns by name, read once for the facts as
// they are.
func (l *lookups) attributes(fact string) ([]string, error) {
	l.known.mu.Lock()
	defer l.known.mu.Unlock()
	if names, ok := l.known.attributes[fact]; ok {
		return names, nil
	}
	names := []string{}
	err := l.service.each(l.ctx, plan.Sort{Input: plan.AttributeNames{Table: fact}, By: []string{"name"}}, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	})
	if err == nil {
		l.known.attributes[fact] = names
	}
	return names, err
}

// resolved gives the column with its attribute under the stored name; known nil
// takes any name.
func (c columnRef) resolved(known attributeNames) (columnRef, error) {
	if c.attribute == "" || known == nil {
		return c, nil
	}
	name, err := known.attribute(c.dim, c.attribute)
	c.attribute = cmp.Or(name, c.attribute)
	return c, err
}

// hasAttributes says whether rows of the source have further columns.
func (s source) hasAttributes() bool {
	_, isFact := record.Find(s.Name)
	return isFact && s.derived == nil
}
