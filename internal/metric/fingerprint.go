package metric

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// Fingerprint identifies the content of the facts that results were computed
// from: the files of every batch in force, by their hashes, and the number of
// rows of every fact. The same imports in the same order give the same
// fingerprint; 16 hexadecimal digits.
func (s *Service) Fingerprint(ctx context.Context) (string, error) {
	counts, err := s.rowCounts(ctx)
	if err != nil {
		return "", fmt.Errorf("fingerprint of the facts: %w", err)
	}
	hash := sha256.New()
	for i := range record.Facts {
		fmt.Fprintf(hash, "%s %d\n", record.Facts[i].Name, counts[record.Facts[i].Name])
	}
	if err := s.hashBatches(ctx, hash); err != nil {
		return "", fmt.Errorf("fingerprint of the imports: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil))[:16], nil
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

func (s *Service) hashBatches(ctx context.Context, hash interface{ Write([]byte) (int, error) }) error {
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
		fmt.Fprintf(hash, "%d %s %s %s %d %d\n", batch, file, fact, sum, added, replaced)
		return err
	})
}
