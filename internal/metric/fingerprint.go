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
	hash := sha256.New()
	for i := range record.Facts {
		name := record.Facts[i].Name
		count := plan.Aggregate{Input: plan.Scan{Table: name, Columns: []string{record.Facts[i].Key[0]}}, Measures: []plan.Measure{{Name: "n", Func: plan.Count}}}
		err := s.each(ctx, count, func(scan func(...any) error) error {
			var n int64
			err := scan(&n)
			fmt.Fprintf(hash, "%s %d\n", name, n)
			return err
		})
		if err != nil {
			return "", fmt.Errorf("fingerprint of %s: %w", name, err)
		}
	}
	if err := s.hashBatches(ctx, hash); err != nil {
		return "", fmt.Errorf("fingerprint of the imports: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil))[:16], nil
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
