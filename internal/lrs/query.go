package lrs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// Format says how statements are given back.
type Format string

// The formats of the specification.
const (
	Exact     Format = "exact"
	IDs       Format = "ids"
	Canonical Format = "canonical"
)

// Output says what is given back of a statement. Languages are the reader's
// preferences, best first, and count for Canonical only. The zero Output is
// Exact without attachments.
type Output struct {
	Format      Format   `json:"f,omitempty"`
	Languages   []string `json:"l,omitempty"`
	Attachments bool     `json:"d,omitempty"`
}

// Query selects statements. The zero Query selects all that are not voided.
type Query struct {
	Agent             xapi.IFI  `json:"a,omitempty"` // of an agent or a group
	Verb              string    `json:"v,omitempty"`
	Activity          string    `json:"o,omitempty"`
	Registration      string    `json:"r,omitempty"`
	RelatedActivities bool      `json:"ro,omitempty"`
	RelatedAgents     bool      `json:"ra,omitempty"`
	Since             time.Time `json:"s,omitzero"`   // of stored, exclusive; zero: no bound
	Until             time.Time `json:"u,omitzero"`   // of stored, inclusive; zero: no bound
	Limit             int       `json:"n,omitempty"`  // of a page; 0: as many as one holds
	Ascending         bool      `json:"up,omitempty"` // by stored; else descending
	Output
}

// Page is some of the statements that a query selects. More is the token of the
// next page, "" when there is none. Contents are the attachments' data, each
// hash once.
type Page struct {
	Statements  [][]byte
	More        string
	Attachments bool // whether attachments were asked for
	Contents    []xapi.Part
}

// Found is one statement.
type Found struct {
	Body     []byte
	Stored   time.Time
	Contents []xapi.Part
}

// Query gives the first page of what a query selects.
func (s *Service) Query(ctx context.Context, r Reader, q Query) (Page, error) {
	return s.page(ctx, r, place{Query: q})
}

// More gives the page that a token stands for. What the reader may see is judged
// anew.
//
// Errors: fault.Invalid when the token is not one of this service.
func (s *Service) More(ctx context.Context, r Reader, token string) (Page, error) {
	at, err := s.open(token)
	if err != nil {
		return Page{}, err
	}
	return s.page(ctx, r, at)
}

// Statement gives the statement of an id, with voided a voided one only, else
// one only that is not.
//
// Errors: fault.NotFound.
func (s *Service) Statement(ctx context.Context, r Reader, id string, voided bool, out Output) (Found, error) {
	st, err := s.store.Statement(ctx, strings.ToLower(id))
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Found{}, err
	}
	if err != nil || st.Voided != voided || r.Mine && st.Credential != r.Credential {
		return Found{}, notFound(id, voided)
	}
	bodies, err := s.format(ctx, out, st)
	if err != nil {
		return Found{}, err
	}
	found := Found{Body: bodies[0], Stored: st.Stored}
	if out.Attachments {
		c := collector{service: s}
		err = c.add(ctx, st.Attachments)
		found.Contents = c.parts
	}
	return found, err
}

func notFound(id string, voided bool) error {
	if voided {
		return fault.New(fault.NotFound, "there is no voided statement %q that you may read; ask with statementId for one that is not voided", id)
	}
	return fault.New(fault.NotFound, "there is no statement %q that you may read; ask with voidedStatementId if it was voided", id)
}

// filter gives what the store is asked.
func (q Query) filter(r Reader) state.Filter {
	f := state.Filter{Since: q.Since, Until: q.Until, Ascending: q.Ascending}
	all := func(text string, kinds ...state.TermKind) {
		if text == "" {
			return
		}
		var any []state.Term
		for _, kind := range kinds {
			any = append(any, state.Term{Kind: kind, Text: text})
		}
		f.Any = append(f.Any, any)
	}
	all(string(q.Agent), widened(q.RelatedAgents, state.TermAgent, state.TermRelatedAgent)...)
	all(q.Verb, state.TermVerb)
	all(q.Activity, widened(q.RelatedActivities, state.TermActivity, state.TermRelatedActivity)...)
	all(strings.ToLower(q.Registration), state.TermRegistration)
	if r.Mine {
		mine := writtenBy(r.Credential)
		f.Mine = &mine
	}
	return f
}

func widened(wide bool, narrow, related state.TermKind) []state.TermKind {
	if wide {
		return []state.TermKind{narrow, related}
	}
	return []state.TermKind{narrow}
}

// errFull ends the reading of a page that has enough.
var errFull = errors.New("the page is full")

// page reads a page.
func (s *Service) page(ctx context.Context, r Reader, at place) (Page, error) {
	rows, more, err := s.read(ctx, r, at)
	if err != nil {
		return Page{}, err
	}
	c := collector{service: s}
	if at.Attachments {
		for i := range rows {
			err := c.add(ctx, rows[i].Attachments)
			if errors.Is(err, errFull) { // never at the first one
				rows, more = rows[:i], true
				break
			}
			if err != nil {
				return Page{}, err
			}
		}
	}
	page := Page{Attachments: at.Attachments, Contents: c.parts}
	if page.Statements, err = s.format(ctx, at.Output, rows...); err != nil {
		return Page{}, err
	}
	if more {
		at.After = rows[len(rows)-1].Seq
		page.More = s.seal(at)
	}
	return page, nil
}

// read gives the rows of a page and whether there are more behind them.
func (s *Service) read(ctx context.Context, r Reader, at place) (rows []state.Statement, more bool, err error) {
	limit := s.opt.PageStatements
	if at.Limit > 0 && at.Limit < limit {
		limit = at.Limit
	}
	f := at.filter(r)
	f.After, f.Limit = at.After, limit+1
	size := 0
	err = s.store.Statements(ctx, f, func(st state.Statement) error {
		if len(rows) == limit || len(rows) > 0 && size+len(st.Body) > s.opt.PageBytes {
			more = true
			return errFull
		}
		size += len(st.Body)
		rows = append(rows, st)
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return rows, more, err
}

// collector gathers the data of attachments, each hash once.
type collector struct {
	service *Service
	parts   []xapi.Part
	have    map[string]bool
	size    int
}

// add gathers a statement's. It gives errFull, and then leaves out the
// statement's, when there is too much already.
func (c *collector) add(ctx context.Context, hashes []string) error {
	kept := len(c.parts)
	for _, sha2 := range hashes {
		if c.have[sha2] {
			continue
		}
		content, err := c.service.store.Content(ctx, sha2)
		if fault.KindOf(err) == fault.NotFound {
			continue // deleted since
		}
		if err != nil {
			return err
		}
		if kept > 0 && c.size+len(content.Data) > c.service.opt.PageContents {
			c.parts = c.parts[:kept]
			return errFull
		}
		if c.have == nil {
			c.have = map[string]bool{}
		}
		c.have[sha2] = true
		c.size += len(content.Data)
		c.parts = append(c.parts, xapi.Part{SHA2: sha2, ContentType: content.ContentType, Data: content.Data})
	}
	return nil
}

// format brings stored statements into a format.
func (s *Service) format(ctx context.Context, out Output, rows ...state.Statement) (bodies [][]byte, err error) {
	format := func(body []byte) ([]byte, error) { return body, nil }
	switch out.Format {
	case IDs:
		format = xapi.FormatIDs
	case Canonical:
		if format, err = s.canonical(ctx, out.Languages, rows); err != nil {
			return nil, err
		}
	}
	bodies = make([][]byte, len(rows))
	for i := range rows {
		if bodies[i], err = format(rows[i].Body); err != nil {
			return nil, err
		}
	}
	return bodies, nil
}

// canonical gives what brings these statements into their canonical form, with
// the definitions of all their activities, looked up together.
func (s *Service) canonical(ctx context.Context, languages []string, rows []state.Statement) (func([]byte) ([]byte, error), error) {
	var activities []string
	for i := range rows {
		activities = xapi.AppendActivities(activities, rows[i].Body)
	}
	slices.Sort(activities)
	known, err := s.store.Definitions(ctx, slices.Compact(activities)...)
	if err != nil {
		return nil, err
	}
	definition := func(activity string) []byte { return known[activity] }
	return func(body []byte) ([]byte, error) { return xapi.FormatCanonical(body, definition, languages) }, nil
}
