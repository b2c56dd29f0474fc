package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// draft is a statement that is ready to be written.
type draft struct {
	state.NewStatement
	id     uuid
	target uuid
	terms  []term
	size   int
}

// PutStatements implements state.Statements.
func (s *Store) PutStatements(ctx context.Context, batch []state.NewStatement, contents []state.Content, same func(int, state.Statement) error) ([]int64, error) {
	if len(batch) == 0 {
		return nil, nil
	}
	drafts, size, err := s.drafts(batch)
	if err != nil {
		return nil, err
	}
	for _, c := range contents {
		size += len(c.Data)
	}
	var places []int64
	err = s.write(ctx, len(batch), size, func(t *txn) error {
		places, err = t.put(drafts, contents, same)
		return err
	})
	if err != nil {
		return nil, err
	}
	return places, nil
}

// drafts does what can be done beside the writer.
func (s *Store) drafts(batch []state.NewStatement) ([]draft, int, error) {
	out := make([]draft, len(batch))
	size := 0
	for i, n := range batch {
		d, err := s.draft(n)
		if err != nil {
			return nil, 0, fmt.Errorf("statement %d: %w", i, err)
		}
		out[i] = d
		size += d.size
	}
	return out, size, nil
}

func (s *Store) draft(n state.NewStatement) (draft, error) {
	d := draft{NewStatement: n}
	var err error
	if d.id, err = parseUUID(n.ID); err != nil {
		return d, err
	}
	if n.RefersTo != "" {
		if d.target, err = parseUUID(n.RefersTo); err != nil {
			return d, err
		}
	}
	if n.Voids && n.RefersTo == "" {
		return d, fault.New(fault.Invalid, "statement %s voids, but names none: give RefersTo", n.ID)
	}
	if d.Body, err = trimBody(n.Body); err != nil {
		return d, err
	}
	d.terms = s.hashes(n.Terms)
	d.size = len(d.Body) + 16*len(d.terms) + 200
	for _, a := range n.Definitions {
		d.size += len(a.JSON)
	}
	return d, nil
}

func (d *draft) flags() int {
	flags := 0
	if d.Voids {
		flags |= flagVoids
	}
	if d.NoTimestamp {
		flags |= flagNoTimestamp
	}
	return flags
}

// put stores a batch.
func (t *txn) put(drafts []draft, contents []state.Content, same func(int, state.Statement) error) ([]int64, error) {
	places := make([]int64, len(drafts))
	wanted := map[string]bool{}
	stored, err := t.storedIDs(drafts)
	if err != nil {
		return nil, err
	}
	for i := range drafts {
		d := &drafts[i]
		seq := t.lookupIn(stored, d.id)
		if seq != 0 {
			places[i] = seq
			if err := t.compare(i, seq, same); err != nil {
				return nil, err
			}
			continue
		}
		if places[i], err = t.insert(d); err != nil {
			return nil, fmt.Errorf("store statement %s: %w", d.ID, err)
		}
		for _, sha2 := range d.Attachments {
			wanted[sha2] = true
		}
	}
	return places, t.putContents(contents, wanted)
}

// compare has the caller say whether a statement is the same as the stored one.
func (t *txn) compare(i int, seq int64, same func(int, state.Statement) error) error {
	stored, err := readRow(context.Background(), t.s.conn, seq)
	if err != nil {
		return fmt.Errorf("read the stored statement: %w", err)
	}
	if same == nil {
		return nil
	}
	return same(i, stored.Statement)
}

// insert stores a new statement and gives its place.
func (t *txn) insert(d *draft) (int64, error) {
	seq := t.place()
	err := t.exec(`INSERT INTO statement (seq, id, stored, flags, target, credential, country, attachments, terms, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, seq, d.id[:], t.stamp(), d.flags(), d.target.column(),
		d.Credential, d.Country, strings.Join(d.Attachments, " "), packTerms(d.terms), d.Body)
	if err != nil {
		return 0, err
	}
	t.stored++
	t.setID(d.id, seq)
	l := link{seq, d.target, d.terms}
	t.postOwn(l, false)
	if err := t.refer(d, seq); err != nil {
		return 0, err
	}
	referred, err := t.referred(d.id)
	if err != nil {
		return 0, err
	}
	if referred || d.target != (uuid{}) {
		if err := t.join(d.id, l); err != nil {
			return 0, err
		}
		if err := t.void(d, seq); err != nil {
			return 0, err
		}
	}
	return seq, t.describe(d, seq)
}

// refer notes what a statement refers to and what is attached to it.
func (t *txn) refer(d *draft, seq int64) error {
	if d.target != (uuid{}) {
		t.refs = true
		if err := t.exec("INSERT INTO reference (target, seq) VALUES ($1, $2)", d.target[:], seq); err != nil {
			return err
		}
	}
	for _, sha2 := range d.Attachments {
		if err := t.exec("INSERT INTO attachment (sha2, seq) VALUES ($1, $2) ON CONFLICT DO NOTHING", sha2, seq); err != nil {
			return err
		}
	}
	return nil
}

// referred says whether any statement refers to an id.
func (t *txn) referred(id uuid) (bool, error) {
	if !t.refs {
		return false, nil
	}
	var yes bool
	err := t.row("SELECT EXISTS (SELECT 1 FROM reference WHERE target = $1)", id[:]).Scan(&yes)
	return yes, err
}

// void voids what a new statement voids, and the statement itself where another
// one has said so before it came.
func (t *txn) void(d *draft, seq int64) error {
	if d.Voids {
		target, err := t.lookup(d.target)
		if err != nil || target == 0 || target == seq {
			return err
		}
		return t.setVoided(target)
	}
	var voider int64
	err := t.row(`SELECT r.seq FROM reference r JOIN statement s ON s.seq = r.seq
		WHERE r.target = $1 AND s.flags & 2 <> 0 LIMIT 1`, d.id[:]).Scan(&voider)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find what voids it: %w", err)
	}
	return t.setVoided(seq)
}

// setVoided voids a statement unless it voids one itself.
func (t *txn) setVoided(seq int64) error {
	n, err := t.count("UPDATE statement SET flags = flags | 1 WHERE seq = $1 AND flags & 2 = 0", seq)
	if err != nil || n == 0 {
		return err
	}
	return t.mark(op{term: termLive, seq: seq, remove: true})
}

func (t *txn) putContents(contents []state.Content, wanted map[string]bool) error {
	for _, c := range contents {
		if !wanted[c.SHA2] {
			continue
		}
		err := t.exec("INSERT INTO content (sha2, content_type, data) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			c.SHA2, c.ContentType, nonNil(c.Data))
		if err != nil {
			return fmt.Errorf("store attachment %s: %w", c.SHA2, err)
		}
	}
	return nil
}

// describe keeps what a statement says of activities and agents.
func (t *txn) describe(d *draft, seq int64) error {
	for _, def := range d.Definitions {
		if err := t.define(def); err != nil {
			return err
		}
	}
	for _, n := range d.Names {
		if t.s.known.hasName(n) {
			continue
		}
		err := t.exec("INSERT INTO agent_name (agent, name, seq) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", n.Agent, n.Name, seq)
		if err != nil {
			return fmt.Errorf("store a name: %w", err)
		}
		t.s.known.addName(n)
	}
	return nil
}

// define joins what is said of an activity to what is known of it.
func (t *txn) define(def state.Definition) error {
	if t.s.known.said(def) {
		return nil
	}
	var old []byte
	err := t.row("SELECT definition FROM activity WHERE iri = $1", def.Activity).Scan(&old)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read the definition of %s: %w", def.Activity, err)
	}
	merged, err := t.s.opt.Merge(old, def.JSON)
	if err != nil {
		return fmt.Errorf("join the definitions of %s: %w", def.Activity, err)
	}
	if old == nil || !bytes.Equal(old, merged) {
		err = t.exec(`INSERT INTO activity (iri, definition) VALUES ($1, $2)
			ON CONFLICT (iri) DO UPDATE SET definition = excluded.definition`, def.Activity, nonNil(merged))
		if err != nil {
			return fmt.Errorf("store the definition of %s: %w", def.Activity, err)
		}
	}
	t.s.known.say(def)
	return nil
}

// nonNil makes a column of no bytes one that is not NULL.
func nonNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
