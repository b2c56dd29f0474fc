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

// Store stores a batch, all of it or nothing, with the attachments' data that
// came along, and gives the statements' ids in order. Statements without an id
// get one. What is stored already is not stored again, and statements about
// suppressed agents are acknowledged without being kept.
//
// Errors: fault.Invalid and fault.Conflict, with an xapi.Problem or
// xapi.Problems in the chain; those of state.Statements.
func (s *Service) Store(ctx context.Context, w Writer, statements []*xapi.Statement, parts []xapi.Part) ([]string, error) {
	if err := checkParts(w.Version, statements, parts); err != nil {
		return nil, err
	}
	b := s.begin(w, len(statements), parts)
	for i, st := range statements {
		if err := b.add(i, st); err != nil {
			return nil, err
		}
	}
	s.screening.RLock()
	defer s.screening.RUnlock()
	if err := b.screen(ctx); err != nil {
		return nil, err
	}
	if len(b.put) == 0 {
		return b.ids, nil
	}
	same := func(i int, stored state.Statement) error {
		if b.screened[b.at[i]] {
			return nil // what is stored was rewritten too, or came before
		}
		return b.same(statements[b.at[i]], b.at[i], stored)
	}
	if _, err := s.store.PutStatements(ctx, b.put, b.kept(), same); err != nil {
		return nil, err
	}
	return b.ids, nil
}

// checkParts says whether the attachments are as the statements declare them.
func checkParts(v xapi.Version, statements []*xapi.Statement, parts []xapi.Part) error {
	if len(parts) == 0 && !attach(statements) {
		return nil
	}
	if err := xapi.CheckAttachments(v, statements, parts); err != nil {
		return invalid(err)
	}
	for i, st := range statements {
		if err := checkSignatures(i, st, parts); err != nil {
			return err
		}
	}
	return nil
}

// checkSignatures says whether the signatures among a statement's attachments
// sign it.
func checkSignatures(i int, st *xapi.Statement, parts []xapi.Part) error {
	for _, a := range st.Attachments {
		if a.UsageType != xapi.SignatureUsage {
			continue
		}
		at := slices.IndexFunc(parts, func(p xapi.Part) bool { return strings.EqualFold(p.SHA2, a.SHA2) })
		err := xapi.VerifySignature(st, parts[at].Data) // it came: CheckAttachments saw it
		var problem *xapi.Problem
		if errors.As(err, &problem) {
			placed := *problem
			placed.Index = i
			err = &placed
		}
		if err != nil {
			return invalid(err)
		}
	}
	return nil
}

func attach(statements []*xapi.Statement) bool {
	return slices.ContainsFunc(statements, func(st *xapi.Statement) bool {
		sub := st.Object.SubStatement
		return len(st.Attachments) > 0 || sub != nil && len(sub.Attachments) > 0
	})
}

// invalid gives what package xapi found wrong a kind.
func invalid(err error) error { return fault.New(fault.Invalid, "%w", err) }

// batch is what becomes of a request's statements.
type batch struct {
	service   *Service
	writer    Writer
	authority *xapi.Actor    // of statements that name none
	first     map[string]int // id → the first statement that has it
	ids       []string
	put       []state.NewStatement
	at        []int        // of put: its place in the request
	screened  map[int]bool // by place: suppressed agents were taken out
	parsed    []*xapi.Statement
	contents  map[string]state.Content
}

// begin makes the batch of n statements.
func (s *Service) begin(w Writer, n int, parts []xapi.Part) *batch {
	return &batch{
		service: s, writer: w, authority: s.authority(w), first: make(map[string]int, n), contents: contentsOf(parts),
		ids: make([]string, 0, n), put: make([]state.NewStatement, 0, n), at: make([]int, 0, n), parsed: make([]*xapi.Statement, 0, n),
	}
}

// add prepares the i-th statement of the request.
func (b *batch) add(i int, st *xapi.Statement) error {
	b.parsed = append(b.parsed, st)
	if st.ID == "" {
		return b.prepare(i, st, b.newID())
	}
	id := strings.ToLower(st.ID)
	if first, twice := b.first[id]; twice {
		b.ids = append(b.ids, st.ID)
		return b.repeated(first, i)
	}
	b.first[id] = i
	return b.prepare(i, st, st.ID)
}

// newID gives the id of a statement that has none.
func (b *batch) newID() string {
	if b.writer.ID != "" {
		return b.writer.ID
	}
	return b.service.opt.NewID()
}

// repeated judges a second statement with the id of an earlier one.
func (b *batch) repeated(first, i int) error {
	p := &xapi.Problem{Index: i, Path: "$.id", Value: b.parsed[i].ID}
	if b.writer.Version >= xapi.V2 {
		p.Rule = "two statements of a batch have this id: give each its own"
		p.Section = section(b.writer.Version)
		return invalid(p)
	}
	if same, difference := xapi.Equal(b.parsed[first], b.parsed[i]); !same {
		p.Rule = "an earlier statement of the batch has this id and differs: " + difference
		p.Section = section(b.writer.Version)
		return fault.New(fault.Conflict, "%w", p)
	}
	return nil
}

// prepare makes what is stored of a statement.
func (b *batch) prepare(i int, st *xapi.Statement, id string) error {
	authority := st.Authority
	set := xapi.Assignment{}
	if st.ID == "" {
		set.ID = id
	}
	if st.Version == "" {
		set.Version = defaultVersion(b.writer.Version)
	}
	if authority == nil {
		authority = b.authority
		set.Authority = authority
	}
	if b.writer.Version >= xapi.V2 {
		set.Timestamp = inUTC(st.Timestamp)
	}
	indexed := *st
	indexed.ID, indexed.Authority = id, authority
	n := Index(&indexed)
	n.Terms = append(n.Terms, writtenBy(b.writer.Credential))
	n.Body = st.Assigned(set)
	if lacksArrays(st) {
		var err error
		if n.Body, err = withArrays(n.Body); err != nil {
			return fault.New(fault.Internal, "a parsed statement: %w", err)
		}
	}
	n.NoTimestamp = st.Timestamp == ""
	n.Attachments = b.attached(st)
	n.Credential, n.Country = b.writer.Credential, b.writer.Country
	b.ids, b.put, b.at = append(b.ids, id), append(b.put, n), append(b.at, i)
	return nil
}

// attached gives the hashes of the statement's attachments whose data came.
func (b *batch) attached(st *xapi.Statement) []string {
	var hashes []string
	note := func(list []xapi.Attachment) {
		for i := range list {
			sha2 := strings.ToLower(list[i].SHA2)
			if _, came := b.contents[sha2]; came && !slices.Contains(hashes, sha2) {
				hashes = append(hashes, sha2)
			}
		}
	}
	note(st.Attachments)
	if sub := st.Object.SubStatement; sub != nil {
		note(sub.Attachments)
	}
	return hashes
}

// same compares a statement with the one that is stored under its id.
func (b *batch) same(st *xapi.Statement, i int, stored state.Statement) error {
	old, err := parseStored(stored.Body)
	if err != nil {
		return fault.New(fault.Internal, "the stored statement %s: %w", stored.ID, err)
	}
	same, difference := xapi.Equal(old, st)
	if same {
		return nil
	}
	return fault.New(fault.Conflict, "%w", &xapi.Problem{
		Index: i, Path: "$.id", Value: st.ID,
		Rule:    "another statement with this id is stored, and it stays as it is: give the new one an id of its own; they differ: " + difference,
		Section: section(b.writer.Version),
	})
}

// section is where the specification says what an id that is there already does.
func section(v xapi.Version) string {
	if v >= xapi.V2 {
		return "IEEE 9274.1.1 4.1.6.1"
	}
	return "xAPI 1.0.3 Communication 2.1.1"
}

// parseStored parses a statement by the rules of the version that it names.
func parseStored(body []byte) (*xapi.Statement, error) {
	st, err := xapi.Parse(xapi.V1, body)
	if err == nil {
		return st, nil
	}
	if later, err2 := xapi.Parse(xapi.V2, body); err2 == nil {
		return later, nil
	}
	return nil, err
}

// kept gives the data of the attachments of what is stored.
func (b *batch) kept() []state.Content {
	var kept []state.Content
	for _, n := range b.put {
		for _, sha2 := range n.Attachments {
			if c, waiting := b.contents[sha2]; waiting {
				kept = append(kept, c)
				delete(b.contents, sha2)
			}
		}
	}
	return kept
}

func contentsOf(parts []xapi.Part) map[string]state.Content {
	if len(parts) == 0 {
		return nil
	}
	contents := make(map[string]state.Content, len(parts))
	for _, p := range parts {
		sha2 := strings.ToLower(p.SHA2)
		contents[sha2] = state.Content{SHA2: sha2, ContentType: p.ContentType, Data: p.Data}
	}
	return contents
}

// authority is who vouches for a credential's statements.
func (s *Service) authority(w Writer) *xapi.Actor {
	if w.Authority != nil {
		return w.Authority
	}
	return &xapi.Actor{ObjectType: "Agent", Account: &xapi.Account{HomePage: s.opt.HomePage, Name: w.Credential}}
}

// defaultVersion is that of statements that name none.
func defaultVersion(v xapi.Version) string {
	if v >= xapi.V2 {
		return "2.0.0"
	}
	return "1.0.0"
}

// inUTC gives a timestamp in UTC, "" when it is that already or cannot be read.
func inUTC(timestamp string) string {
	if timestamp == "" || strings.HasSuffix(timestamp, "Z") {
		return ""
	}
	t, err := xapi.ParseTimestamp(xapi.V2, timestamp)
	if err != nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
