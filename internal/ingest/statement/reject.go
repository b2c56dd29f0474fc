package statement

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/xapi"
)

// refusal is one reason why a statement was refused.
type refusal struct{ path, value, remedy string }

// refuse counts a statement as refused, and writes each reason aside.
func (r *run) refuse(n int64, code string, err error) error {
	r.part.Rows.Rejected++
	for i, why := range reasons(err) {
		if i == 0 {
			r.summarise(n, code, why)
		}
		if err := r.writeReject(n, code, why); err != nil {
			return err
		}
	}
	return nil
}

func reasons(err error) []refusal {
	var problems xapi.Problems
	var problem *xapi.Problem
	switch {
	case errors.As(err, &problems):
		list := make([]refusal, len(problems))
		for i, p := range problems {
			list[i] = refusal{p.Path, p.Value, p.Rule + " (" + p.Section + ")"}
		}
		return list
	case errors.As(err, &problem):
		return []refusal{{problem.Path, problem.Value, problem.Rule + " (" + problem.Section + ")"}}
	}
	return []refusal{{remedy: err.Error()}}
}

// maxReasons bounds how many different reasons a report lists.
const maxReasons = 50

// summarise counts a refusal with others of the same place and rule.
func (r *run) summarise(n int64, code string, why refusal) {
	i := slices.IndexFunc(r.part.Rejects, func(s file.RejectSummary) bool {
		return s.Code == code && s.Column == why.path && (s.Remedy == why.remedy || code == codeConflict)
	})
	if i < 0 {
		if len(r.part.Rejects) >= maxReasons {
			return
		}
		i = len(r.part.Rejects)
		r.part.Rejects = append(r.part.Rejects, file.RejectSummary{Code: code, Column: why.path, Remedy: why.remedy, Examples: []file.Example{}})
	}
	s := &r.part.Rejects[i]
	s.Count++
	if len(s.Examples) < 3 {
		s.Examples = append(s.Examples, file.Example{Row: n, Value: why.value})
	}
}

func (r *run) writeReject(n int64, code string, why refusal) error {
	if r.opt.RejectsPath == "" {
		return nil
	}
	if r.rejects == nil {
		var err error
		if r.rejects, err = os.OpenFile(r.opt.RejectsPath, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
			return fault.New(fault.Unavailable, "cannot write what was refused: %w", err)
		}
		r.report.RejectsPath = r.opt.RejectsPath
		r.table = csv.NewWriter(r.rejects)
		if err := r.table.Write([]string{"file", "fact", "row", "line", "column", "value", "code", "remedy"}); err != nil {
			return err
		}
	}
	return r.table.Write([]string{figure.Cell(filepath.Base(r.path)), "statement", strconv.FormatInt(n, 10), "", figure.Cell(why.path), figure.Cell(why.value), code, figure.Cell(why.remedy)})
}

func (r *run) closeRejects() error {
	if r.rejects == nil {
		return nil
	}
	r.table.Flush()
	return errors.Join(r.table.Error(), r.rejects.Close())
}
