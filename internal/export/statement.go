package export

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/xapi"
)

func (q Statements) filter() state.Filter {
	f := state.Filter{Since: q.Since, Until: q.Until, WithVoided: q.WithVoided, Ascending: true, Limit: math.MaxInt}
	for _, term := range []state.Term{{Kind: state.TermAgent, Text: q.Agent}, {Kind: state.TermVerb, Text: q.Verb}, {Kind: state.TermActivity, Text: q.Activity}} {
		if term.Text != "" {
			f.Any = append(f.Any, []state.Term{term})
		}
	}
	return f
}

// each calls do with the statements as the store gives them, so that no more is
// held than it reads ahead. A slow reader holds nobody up: the store locks
// nothing meanwhile.
func (s *Service) each(ctx context.Context, q Statements, do func(state.Statement) error) (n int, err error) {
	err = s.store.Statements(ctx, q.filter(), func(st state.Statement) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := do(st); err != nil {
			return fmt.Errorf("statement %s: %w", st.ID, err)
		}
		n++
		return nil
	})
	return n, err
}

// lines writes each statement as it is given back, on a line of its own.
func (s *Service) lines(ctx context.Context, w io.Writer, q Statements) (int, error) {
	out := bufio.NewWriterSize(w, 64<<10)
	n, err := s.each(ctx, q, func(st state.Statement) error {
		line := bytes.Map(func(r rune) rune {
			if r == '\n' || r == '\r' { // between tokens: JSON has none within
				return ' '
			}
			return r
		}, st.Body)
		_, err := out.Write(append(line, '\n'))
		return err
	})
	return n, errors.Join(err, out.Flush())
}

// Columns are those of statements as CSV and Parquet. Texts are as they were
// sent; agents are written as xapi.IFI does, several activities with blanks
// between them, extensions as JSON.
var Columns = []warehouse.Column{
	{Name: "id"}, {Name: "stored", Type: "TIMESTAMP"}, {Name: "timestamp", Type: "TIMESTAMP"}, {Name: "voided", Type: "BOOLEAN"},
	{Name: "actor"}, {Name: "actor_name"}, {Name: "verb"}, {Name: "verb_display"},
	{Name: "object_type"}, {Name: "object"}, {Name: "object_name"}, {Name: "activity_type"},
	{Name: "score_scaled", Type: "DOUBLE"}, {Name: "score_raw", Type: "DOUBLE"}, {Name: "score_min", Type: "DOUBLE"}, {Name: "score_max", Type: "DOUBLE"},
	{Name: "success", Type: "BOOLEAN"}, {Name: "completion", Type: "BOOLEAN"},
	{Name: "duration"}, {Name: "duration_seconds", Type: "DOUBLE"}, {Name: "response"},
	{Name: "registration"}, {Name: "parent"}, {Name: "grouping"}, {Name: "category"},
	{Name: "instructor"}, {Name: "team"}, {Name: "platform"}, {Name: "revision"}, {Name: "language"},
	{Name: "authority"}, {Name: "version"}, {Name: "country"},
	{Name: "result_extensions"}, {Name: "context_extensions"},
}

// table writes statements as CSV with a header.
func (s *Service) table(ctx context.Context, w io.Writer, q Statements) (int, error) {
	out := csv.NewWriter(w)
	names := make([]string, len(Columns))
	for i, c := range Columns {
		names[i] = c.Name
	}
	if err := out.Write(names); err != nil {
		return 0, err
	}
	cells := make([]string, len(Columns))
	n, err := s.each(ctx, q, func(st state.Statement) error {
		values, err := flatten(st)
		if err != nil {
			return err
		}
		for i, v := range values {
			cells[i] = cell(v)
		}
		return out.Write(cells)
	})
	out.Flush()
	return n, errors.Join(err, out.Error())
}

// parquet stages statements as JSON Lines and lets the engine write the file.
func (s *Service) parquet(ctx context.Context, stage, out string, q Statements) (n int, err error) {
	f, err := os.OpenFile(stage, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	buffer, longest := bufio.NewWriterSize(f, 256<<10), 0
	n, err = s.each(ctx, q, func(st state.Statement) error {
		values, err := flatten(st)
		if err != nil {
			return err
		}
		row := make(map[string]any, len(Columns))
		for i, v := range values {
			row[Columns[i].Name] = staged(v)
		}
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		longest = max(longest, len(line))
		_, err = buffer.Write(append(line, '\n'))
		return err
	})
	if err := errors.Join(err, buffer.Flush(), f.Close()); err != nil {
		return n, err
	}
	return n, s.tables.JSONParquet(ctx, stage, out, Columns, longest)
}

// staged writes a value as the engine reads it. Texts lose NUL, which its own
// cannot hold.
func staged(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.999999")
	case string:
		if v == "" {
			return nil
		}
		return strings.ReplaceAll(v, "\x00", "")
	}
	return v
}

// flatten gives a statement's columns.
func flatten(st state.Statement) ([]any, error) {
	x, err := parse(st.Body)
	if err != nil {
		return nil, err
	}
	row := []any{st.ID, st.Stored, moment(x.Timestamp), st.Voided}
	row = append(row, who(&x.Actor), x.Actor.Name, x.Verb.ID, inEnglish(x.Verb.Display))
	row = append(row, object(&x.Object)...)
	row = append(row, result(x.Result)...)
	row = append(row, circumstances(x.Context)...)
	row = append(row, who(x.Authority), x.Version, st.Country)
	var ofResult, ofContext xapi.Extensions
	if x.Result != nil {
		ofResult = x.Result.Extensions
	}
	if x.Context != nil {
		ofContext = x.Context.Extensions
	}
	return append(row, extensions(ofResult), extensions(ofContext)), nil
}

// parse reads a stored statement by the rules of its own version.
func parse(body []byte) (*xapi.Statement, error) {
	var v struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(body, &v, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, err
	}
	if strings.HasPrefix(v.Version, "2.") {
		return xapi.Parse(xapi.V2, body)
	}
	return xapi.Parse(xapi.V1, body)
}

func moment(text string) any {
	for _, v := range []xapi.Version{xapi.V2, xapi.V1} {
		if t, err := xapi.ParseTimestamp(v, text); err == nil {
			return t.UTC()
		}
	}
	return nil
}

// who names an actor, or the members of an anonymous group.
func who(a *xapi.Actor) string {
	if a == nil {
		return ""
	}
	if own := a.IFI(); own != "" {
		return string(own)
	}
	var all []string
	for _, id := range a.Identities() {
		all = append(all, string(id))
	}
	return strings.Join(all, " ")
}

func object(o *xapi.Object) []any {
	switch {
	case o.Activity != nil:
		name, kind := "", ""
		if d := o.Activity.Definition; d != nil {
			name, kind = inEnglish(d.Name), d.Type
		}
		return []any{"Activity", o.Activity.ID, name, kind}
	case o.Actor != nil:
		return []any{o.Actor.ObjectType, who(o.Actor), o.Actor.Name, ""}
	case o.SubStatement != nil:
		sub := o.SubStatement
		return []any{"SubStatement", who(&sub.Actor) + " " + sub.Verb.ID, "", ""}
	}
	return []any{"StatementRef", o.StatementRef, "", ""}
}

func result(r *xapi.Result) []any {
	row := make([]any, 9)
	if r == nil {
		return row
	}
	if s := r.Score; s != nil {
		for i, v := range []*float64{s.Scaled, s.Raw, s.Min, s.Max} {
			if v != nil {
				row[i] = *v
			}
		}
	}
	for i, v := range []*bool{r.Success, r.Completion} {
		if v != nil {
			row[4+i] = *v
		}
	}
	row[6], row[8] = r.Duration, r.Response
	if d, err := xapi.ParseDuration(r.Duration); err == nil && r.Duration != "" {
		row[7] = d.Approximate().Seconds()
	}
	return row
}

func circumstances(c *xapi.Context) []any {
	if c == nil {
		return make([]any, 9)
	}
	related := xapi.ContextActivities{}
	if c.ContextActivities != nil {
		related = *c.ContextActivities
	}
	return []any{c.Registration, ids(related.Parent), ids(related.Grouping), ids(related.Category),
		who(c.Instructor), who(c.Team), c.Platform, c.Revision, c.Language}
}

func ids(activities []xapi.Activity) string {
	all := make([]string, len(activities))
	for i, a := range activities {
		all[i] = a.ID
	}
	return strings.Join(all, " ")
}

func extensions(e xapi.Extensions) string {
	if len(e) == 0 {
		return ""
	}
	text, err := json.Marshal(map[string]jsontext.Value(e), json.Deterministic(true))
	if err != nil {
		return "" // they were read from JSON
	}
	return string(text)
}

// inEnglish picks one text: English if there is one, else that of the first
// language in the order of tags.
func inEnglish(m xapi.LanguageMap) string {
	best := ""
	for tag := range m {
		english := tag == "en" || strings.HasPrefix(tag, "en-")
		bestEnglish := best == "en" || strings.HasPrefix(best, "en-")
		if best == "" || english && !bestEnglish || english == bestEnglish && tag < best {
			best = tag
		}
	}
	return m[best]
}
