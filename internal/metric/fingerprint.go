package metric

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"time"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// state is what the facts were at a revision of the engine.
type state struct {
	revision    uint64
	fingerprint string // empty: not known
}

// Fingerprint identifies the content of the facts that results were computed
// from: the files of every batch in force, by their hashes, how far each stream
// was read and what its names count as, the links between people, and the number
// of rows of every fact. The same imports in the same order give the same
// fingerprint; 16 hexadecimal digits.
func (s *Service) Fingerprint(ctx context.Context) (string, error) {
	now := s.engine.Revision() // before anything is read: a change beside it makes this one old
	s.mu.Lock()
	last := s.state
	s.mu.Unlock()
	if last.fingerprint != "" && last.revision == now {
		return last.fingerprint, nil
	}
	fingerprint, err := s.fingerprint(ctx)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = state{revision: now, fingerprint: fingerprint}
	return fingerprint, nil
}

func (s *Service) fingerprint(ctx context.Context) (string, error) {
	counts, err := s.rowCounts(ctx)
	if err != nil {
		return "", fmt.Errorf("fingerprint of the facts: %w", err)
	}
	digest := sha256.New()
	for i := range record.Facts {
		fmt.Fprintf(digest, "%s %d\n", record.Facts[i].Name, counts[record.Facts[i].Name])
	}
	if err := s.hashBatches(ctx, digest); err != nil {
		return "", fmt.Errorf("fingerprint of the imports: %w", err)
	}
	if err := s.hashStreams(ctx, digest); err != nil {
		return "", fmt.Errorf("fingerprint of the streams: %w", err)
	}
	return hex.EncodeToString(digest.Sum(nil))[:16], nil
}

// rowCounts counts the rows of every fact in one query.
func (s *Service) rowCounts(ctx context.Context) (map[string]int64, error) {
	var all plan.Union
	for i := range record.Facts {
		fact := &record.Facts[i]
		rows := plan.Aggregate{Input: plan.Scan{Table: fact.Name, Columns: []string{fact.Key[0]}}, Measures: []plan.Measure{{Name: "n", Func: plan.Count}}}
		all.Inputs = append(all.Inputs, plan.Project{Input: rows, Columns: []plan.Named{{Name: "fact", Expr: plan.Value{V: fact.Name}}, {Name: "n", Expr: plan.Column("n")}}})
	}
	counts := map[string]int64{}
	return counts, s.each(ctx, all, func(scan func(...any) error) error {
		var name string
		var n int64
		err := scan(&name, &n)
		counts[name] = n
		return err
	})
}

func (s *Service) hashBatches(ctx context.Context, digest hash.Hash) error {
	inForce := plan.Filter{Input: plan.Scan{Table: "batch", Columns: []string{"batch", "rolled_back_at"}}, Where: plan.IsNull{X: plan.Column("rolled_back_at")}}
	files := plan.Join{
		Left:  plan.Scan{Table: "batch_file", Columns: []string{"batch", "file", "fact", "sha256", "rows_added", "rows_replaced"}},
		Right: plan.Project{Input: inForce, Columns: []plan.Named{{Name: "committed", Expr: plan.Column("batch")}}},
		On:    []plan.Pair{{Left: "batch", Right: "committed"}}, Inner: true,
	}
	return s.each(ctx, plan.Sort{Input: files, By: []string{"batch", "fact", "file"}}, func(scan func(...any) error) error {
		var batch, added, replaced int64
		var file, fact, sum string
		err := scan(&batch, &file, &fact, &sum, &added, &replaced)
		fmt.Fprintf(digest, "%d %s %s %s %d %d\n", batch, file, fact, sum, added, replaced)
		return err
	})
}

func (s *Service) hashStreams(ctx context.Context, digest hash.Hash) error {
	places := plan.Sort{Input: plan.Scan{Table: "stream", Columns: []string{"source", "cursor"}}, By: []string{"source"}}
	err := s.each(ctx, places, func(scan func(...any) error) error {
		var source string
		var cursor int64
		err := scan(&source, &cursor)
		fmt.Fprintf(digest, "%q %d\n", source, cursor)
		return err
	})
	if err != nil {
		return err
	}
	meanings := plan.Sort{Input: plan.Scan{Table: "stream_seen", Columns: []string{"source", "name", "became"}}, By: []string{"source", "name"}}
	err = s.each(ctx, meanings, func(scan func(...any) error) error {
		var source, name, became string
		err := scan(&source, &name, &became)
		fmt.Fprintf(digest, "%q %q %q\n", source, name, became)
		return err
	})
	if err != nil {
		return err
	}
	inForce := plan.Filter{Input: plan.Scan{Table: "identity_link", Columns: []string{"linked_at", "withdrawn_at"}}, Where: plan.IsNull{X: plan.Column("withdrawn_at")}}
	links := plan.Aggregate{Input: inForce, Measures: []plan.Measure{{Name: "n", Func: plan.Count}, {Name: "last", Func: plan.Max, Arg: plan.Column("linked_at")}}}
	return s.each(ctx, links, func(scan func(...any) error) error {
		var n int64
		var last *time.Time
		err := scan(&n, &last)
		if last != nil { // where all are withdrawn, it is as if there had been none
			fmt.Fprintf(digest, "links %d %d\n", n, last.UnixMicro())
		}
		return err
	})
}
