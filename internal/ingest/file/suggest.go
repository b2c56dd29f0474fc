package file

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/liftmark/liftmark/internal/record"
)

// synonyms are names that other programs give to fields; the normal form of a
// column is looked up.
var synonyms = map[string][]string{
	"account_id":  {"customerid", "companyid", "organizationid", "organisationid", "orgid", "tenantid", "clientid", "customerno", "accountno", "accountnumber", "customer", "company", "account"},
	"person_id":   {"userid", "contactid", "learnerid", "studentid", "memberid", "employeeid", "idstudent", "user", "learner"},
	"email":       {"emailaddress", "mail", "useremail", "contactemail"},
	"activity_id": {"courseid", "lessonid", "contentid", "idassessment", "itemid", "course"},
	"event_id":    {"id", "uuid", "eventuuid", "messageid"},
	"ticket_id":   {"id", "caseid", "caseno", "casenumber", "ticket", "ticketno", "issueid"},
	"response_id": {"id", "answerid", "submissionid"},
	"revenue_id":  {"id", "invoiceid", "invoiceno", "transactionid", "paymentid"},
	"time":        {"timestamp", "date", "datetime", "createdat", "occurredat", "eventtime", "completedat", "at"},
	"signup_at":   {"createdat", "signupdate", "since", "customersince", "startdate", "created"},
	"created_at":  {"createdat", "created", "joinedat", "registeredat"},
	"opened_at":   {"createdat", "created", "opened", "openedat"},
	"solved_at":   {"closedat", "closed", "resolvedat", "solved"},
	"seats":       {"licenses", "licences", "users", "seatcount"},
	"plan":        {"subscription", "tier", "edition", "contract"},
	"feature":     {"event", "eventname", "action"},
	"verb":        {"status", "eventtype", "action"},
	"quantity":    {"count", "amount", "n"},
	"mrr":         {"monthlycharges", "monthlyrevenue", "recurringrevenue"},
	"score":       {"rating", "result", "grade", "points"},
	"name":        {"companyname", "accountname", "customername"},
}

// Suggest writes a first mapping for files: a rule for each, with the fact that
// its columns resemble most, the columns that it recognises, and as comments
// what it saw and what remains to be said.
func (im *Importer) Suggest(ctx context.Context, paths []string) (string, error) {
	r := &run{Importer: im}
	if err := r.open(ctx); err != nil {
		return "", err
	}
	defer r.close()
	files, err := listFiles(paths)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# A first mapping, to be read and completed. Lines after # are notes.\n")
	for _, f := range files {
		if err := r.suggestFile(ctx, &b, f); err != nil {
			if ctx.Err() != nil {
				return "", interrupted(ctx, err)
			}
			if !f.inFolder {
				return "", err
			}
			fmt.Fprintf(&b, "\n# left out: %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
	return b.String(), nil
}

func (r *run) suggestFile(ctx context.Context, b *strings.Builder, f found) error {
	in, err := sniff(f.path)
	if err != nil {
		return err
	}
	stages, err := decode(ctx, r.env, in)
	if err != nil {
		return err
	}
	for _, st := range stages {
		if err := r.suggestStage(ctx, b, st); err != nil {
			return err
		}
	}
	return nil
}

// guess is a column that may be a field.
type guess struct {
	column int
	field  record.Field
	sure   bool // by its own name
}

func (r *run) suggestStage(ctx context.Context, b *strings.Builder, st *stage) error {
	samples, err := r.sample(ctx, st)
	if err != nil {
		return err
	}
	fact, guesses := guessFact(st)
	fmt.Fprintf(b, "\n- file: %q\n", filepath.Base(st.in.name))
	if st.sheet != "" {
		fmt.Fprintf(b, "  sheet: %q\n", st.sheet)
	}
	fmt.Fprintf(b, "  fact: %s   # %s; of %s\n  columns:\n", fact.Name, fact.Doc, strings.Join(factNames(), ", "))
	taken := map[int]bool{}
	for _, g := range guesses {
		taken[g.column] = true
		entry, note := describe(g.field, samples[g.column])
		if !g.sure {
			note += "  # guessed by the name"
		}
		fmt.Fprintf(b, "    %q: %s%s\n", st.columns[g.column], entry, note)
	}
	for i, name := range st.columns {
		if !taken[i] && name != "" {
			fmt.Fprintf(b, "    # %q is kept as the attribute %s (%s)\n", name, record.AttributeName(name), kindOf(samples[i]))
		}
	}
	suggestMissing(b, fact, guesses)
	return nil
}

func suggestMissing(b *strings.Builder, fact *record.Fact, guesses []guess) {
	for _, f := range fact.Fields {
		filled := false
		for _, g := range guesses {
			filled = filled || g.field.Name == f.Name
		}
		if f.Required && !filled {
			note := ""
			if len(f.Values) > 0 {
				note = ", one of " + strings.Join(f.Values, ", ")
			}
			fmt.Fprintf(b, "    # QUESTION: which column holds %s (%s%s)? It is required; constants: {%s: …} fills it for all rows\n", f.Name, f.Type, note, f.Name)
		}
	}
}

// guessFact picks the fact by name, or else the one that takes the most columns.
func guessFact(st *stage) (*record.Fact, []guess) {
	if fact := factByName(st.name); fact != nil {
		return fact, guessFields(st, fact)
	}
	best, most := &record.Facts[0], -1000
	var guesses []guess
	for i := range record.Facts {
		g := guessFields(st, &record.Facts[i])
		points := 3*len(g) - 2*unfilled(&record.Facts[i], g)
		if points > most {
			best, guesses, most = &record.Facts[i], g, points
		}
	}
	return best, guesses
}

func unfilled(fact *record.Fact, guesses []guess) (n int) {
	for _, f := range fact.Fields {
		if f.Required {
			n++
		}
	}
	for _, g := range guesses {
		if g.field.Required {
			n--
		}
	}
	return n
}

func guessFields(st *stage, fact *record.Fact) (list []guess) {
	taken := map[int]bool{}
	rest := []record.Field{}
	for _, f := range fact.Fields {
		if i := st.column(f.Name); i >= 0 {
			list, taken[i] = append(list, guess{i, f, true}), true
		} else {
			rest = append(rest, f)
		}
	}
	for _, f := range rest {
		for _, s := range synonyms[f.Name] {
			if i := st.column(s); i >= 0 && !taken[i] {
				list, taken[i] = append(list, guess{i, f, false}), true
				break
			}
		}
	}
	return list
}

// sample gives up to 200 values of each column that are not empty.
func (r *run) sample(ctx context.Context, st *stage) ([][]string, error) {
	samples := make([][]string, len(st.columns))
	cols := make([]string, len(st.columns))
	for i := range cols {
		cols[i] = fmt.Sprintf("c%d", i)
	}
	rows, err := r.conn.QueryContext(ctx, "SELECT "+strings.Join(cols, ", ")+" FROM ("+st.relation(false)+") LIMIT 200")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	values := make([]sql.NullString, len(cols))
	targets := make([]any, len(cols))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		for i, v := range values {
			if text := strings.TrimSpace(v.String); text != "" {
				samples[i] = append(samples[i], text)
			}
		}
	}
	return samples, rows.Err()
}

var (
	slashPattern   = regexp.MustCompile(`^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})([ ,T].*)?$`)
	isoPattern     = regexp.MustCompile(`^\d{4}[-/]\d{1,2}[-/]\d{1,2}`)
	numberPattern  = regexp.MustCompile(`^[-+]?\d+(\.\d+)?$`)
	commaPattern   = regexp.MustCompile(`^[-+]?[\d.]*,\d+$`)
	booleanPattern = regexp.MustCompile(`(?i)^(true|false|yes|no)$`)
)

// describe writes the entry of a column, and a note on what its sample shows.
func describe(f record.Field, sample []string) (entry, note string) {
	switch f.Type {
	case record.Time:
		return describeDates(f, sample)
	case record.Integer, record.Number, record.Money:
		return describeNumbers(f, sample)
	case record.Enum:
		return f.Name, "   # one of " + strings.Join(f.Values, ", ") + "; translate with values: " + firstValues(sample)
	}
	return f.Name, ""
}

var (
	evidentPoint = regexp.MustCompile(evidentPattern("."))
	evidentComma = regexp.MustCompile(evidentPattern(","))
	openNumber   = regexp.MustCompile(openPattern("[.,]"))
	notDigits    = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "", "$", "", "€", "", "£", "", "¥", "")
)

// describeNumbers names the decimal mark where the sample shows it, and leaves
// the question open where it does not: the import asks it unless later rows
// show the answer.
func describeNumbers(f record.Field, sample []string) (entry, note string) {
	var point, comma, open string
	for _, s := range sample {
		switch bare := notDigits.Replace(s); {
		case evidentPoint.MatchString(bare):
			point = s
		case evidentComma.MatchString(bare):
			comma = s
		case openNumber.MatchString(bare):
			open = s
		}
	}
	switch {
	case point != "" && comma != "":
		return f.Name, fmt.Sprintf("   # QUESTION: %s and %s have different decimal marks; write {field: %s, decimal: \".\"} or {field: %s, decimal: \",\"}", point, comma, f.Name, f.Name)
	case comma != "":
		return fmt.Sprintf("{field: %s, decimal: \",\"}", f.Name), "   # as in " + comma
	case point == "" && open != "":
		return f.Name, fmt.Sprintf("   # QUESTION: which mark separates decimals in %s? Write {field: %s, decimal: \".\"} or {field: %s, decimal: \",\"}", open, f.Name, f.Name)
	}
	return f.Name, ""
}

func firstValues(sample []string) string {
	seen := map[string]bool{}
	var list []string
	for _, s := range sample {
		if !seen[s] && len(list) < 4 {
			seen[s] = true
			list = append(list, fmt.Sprintf("%q: …", s))
		}
	}
	return "{" + strings.Join(list, ", ") + "}"
}

func describeDates(f record.Field, sample []string) (entry, note string) {
	order, example := "", ""
	for _, s := range sample {
		m := slashPattern.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		example = s
		switch a, b := fmt.Sprintf("%02s", m[1]), fmt.Sprintf("%02s", m[2]); {
		case a > "12":
			order = "dmy"
		case b > "12":
			order = "mdy"
		}
	}
	switch {
	case example == "":
		return f.Name, ""
	case order == "":
		return fmt.Sprintf("{field: %s, format: dmy}", f.Name), "   # QUESTION: is the day or the month first in " + example + "? Write mdy if it is the month"
	}
	return fmt.Sprintf("{field: %s, format: %s}", f.Name, order), "   # as in " + example
}

// kindOf names what all values of a sample look like.
func kindOf(sample []string) string {
	kinds := []struct {
		name    string
		pattern *regexp.Regexp
	}{{"number", numberPattern}, {"number with commas", commaPattern}, {"date", isoPattern}, {"date", slashPattern}, {"yes or no", booleanPattern}}
	for _, k := range kinds {
		all := len(sample) > 0
		for _, s := range sample {
			all = all && k.pattern.MatchString(s)
		}
		if all {
			return k.name
		}
	}
	if len(sample) == 0 {
		return "empty"
	}
	return "text"
}
