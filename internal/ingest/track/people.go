package track

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/record"
)

// personTraits and accountTraits say which trait fills which field. The first
// that is there counts.
var (
	personTraits = []struct{ field, trait string }{
		{"email", "email"}, {"role", "role"}, {"role", "title"}, {"role", "job_title"}, {"role", "position"},
		{"audience", "audience"}, {"country", "country"}, {"country", "country_code"}, {"country", "address_country"}, {"country", "address_country_code"},
		{"timezone", "timezone"}, {"timezone", "time_zone"}, {"created_at", "created_at"},
	}
	accountTraits = []struct{ field, trait string }{
		{"name", "name"}, {"plan", "plan"}, {"industry", "industry"}, {"region", "region"},
		{"country", "country"}, {"country", "country_code"}, {"country", "address_country"}, {"country", "address_country_code"},
		{"seats", "seats"}, {"seats", "employees"}, {"seats", "employee_count"}, {"signup_at", "created_at"},
	}
	// companyIDs are traits of a person that name the account.
	companyIDs = []string{"company_id", "account_id", "organisation_id", "organization_id", "group_id"} //nolint:misspell // clients spell it both ways
)

// personal are traits that say who somebody is, and nothing about training.
var personal = map[string]bool{
	"name": true, "first_name": true, "last_name": true, "full_name": true, "username": true, "nickname": true, "phone": true, "mobile": true,
	"birthday": true, "birth_date": true, "date_of_birth": true, "age": true, "gender": true, "avatar": true, "photo": true, "description": true,
	"website": true, "id": true, "street": true, "postal_code": true, "city": true, "state": true, "address": true, "company": true,
	"latitude": true, "longitude": true, "ssn": true,
}

// maxTraits bounds the further traits that are kept as attributes.
const maxTraits = 30

// profile is what an identify or group call says, and what was wrong with it.
type profile struct {
	person  *statement
	account *statement // nil: none is named
	email   string
}

// flatTraits gives the scalar traits by name.
func flatTraits(traits jsontext.Value) map[string]string {
	f := flattener{into: map[string]string{}}
	f.flatten(traits)
	return f.into
}

// identified reads an identify call.
func identified(e *event, at time.Time) profile {
	traits := flatTraits(e.traits)
	p := profile{person: &statement{fact: "person", id: e.key(), at: at, fields: map[string]string{}, attributes: map[string]string{}}}
	used := e.fill(p.person, personTraits, traits)
	p.email = p.person.fields["email"]
	company := e.group
	for _, name := range companyIDs {
		if company == "" {
			company = cutID(traits[name])
		}
		used[name] = true
	}
	if company == "" {
		company = cutID(contextText(e.context, "groupId"))
	}
	if company != "" {
		p.account = &statement{fact: "account", id: company, at: at, fields: map[string]string{}, attributes: map[string]string{}}
		e.fill(p.account, accountTraits, within(traits, "company_"))
	}
	keepTraits(p.person, traits, used, func(name, text string) bool {
		return !hasPrefix(name, "company_") && !hasPrefix(name, "address_") && steady(text)
	})
	return p
}

// grouped reads a group call.
func grouped(e *event, at time.Time) profile {
	traits := flatTraits(e.traits)
	p := profile{account: &statement{fact: "account", id: e.group, at: at, fields: map[string]string{}, attributes: map[string]string{}}}
	used := e.fill(p.account, accountTraits, traits)
	keepTraits(p.account, traits, used, func(name, text string) bool { return !hasPrefix(name, "address_") && name != "email" })
	if key := e.key(); key != "" {
		p.person = &statement{fact: "person", id: key, at: at, fields: map[string]string{}, attributes: map[string]string{}}
	}
	return p
}

// fill sets the fields that traits give, and gives the traits that it looked at.
func (e *event) fill(s *statement, from []struct{ field, trait string }, traits map[string]string) map[string]bool {
	used := map[string]bool{}
	for _, m := range from {
		text := traits[m.trait]
		if text == "" || s.fields[m.field] != "" {
			continue
		}
		if value, ok := normal(s.fact, m.field, text); ok {
			s.fields[m.field], used[m.trait] = value, true
		} else {
			e.problem(".traits", m.trait+" was left out: it is no "+kindOf(s.fact, m.field), "send "+m.trait+" as "+exampleOf(s.fact, m.field), false)
		}
	}
	return used
}

// within gives the traits of an object that was flattened, by their own names.
func within(traits map[string]string, prefix string) map[string]string {
	inner := map[string]string{}
	for name, text := range traits {
		if hasPrefix(name, prefix) {
			inner[name[len(prefix):]] = text
		}
	}
	return inner
}

func hasPrefix(text, prefix string) bool {
	return len(text) > len(prefix) && text[:len(prefix)] == prefix
}

// steady says whether a trait of a person is worth keeping: a text or a yes or
// no. Counters and times change at every call and segment nobody.
func steady(text string) bool {
	if _, ok := number(text); ok {
		return false
	}
	_, isTime := parseTime(text)
	return !isTime && len(text) <= 120
}

func keepTraits(s *statement, traits map[string]string, used map[string]bool, keep func(name, text string) bool) {
	fact, _ := record.Find(s.fact)
	for _, name := range sortedNames(traits) {
		if len(s.attributes) >= maxTraits {
			return
		}
		if text := traits[name]; !used[name] && !personal[name] && !fact.Has(name) && keep(name, text) {
			s.attributes[name] = text
		}
	}
}

func sortedNames(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// normal says whether a fact's field takes a text.
func normal(fact, name, text string) (string, bool) {
	field := fieldOf(fact, name)
	_, ok := typed(field, text)
	if field.Type == record.Email {
		text = strings.ToLower(strings.TrimSpace(text))
	}
	return text, ok
}

func fieldOf(fact, name string) record.Field {
	f, _ := record.Find(fact)
	field, _ := f.Field(name)
	return field
}

// examples show how the types of a field are written.
var examples = map[record.Type]string{
	record.Integer: "a whole number such as 120", record.Time: "ISO 8601, such as 2026-11-22T10:00:00Z",
	record.Country: "two letters of ISO 3166-1, such as DE", record.Email: "an e-mail address", record.Zone: "an IANA zone, such as Europe/Berlin",
}

func exampleOf(fact, name string) string {
	field := fieldOf(fact, name)
	if field.Type == record.Enum {
		return "one of " + strings.Join(field.Values, ", ")
	}
	return cmp.Or(examples[field.Type], "text")
}

func kindOf(fact, name string) string { return fieldOf(fact, name).Type.String() }
