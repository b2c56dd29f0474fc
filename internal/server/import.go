package server

import (
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
)

// NewImport asks for files on the server's machine to be brought in.
type NewImport struct {
	Paths   []string `json:"paths" minItems:"1" maxItems:"1000" nullable:"false" doc:"Files and folders, absolute"`
	Mapping string   `json:"mapping,omitempty" doc:"YAML that says what foreign files mean"`
	DryRun  bool     `json:"dry_run,omitempty" doc:"Report what would happen, store nothing"`
}

// Files are on the server's machine.
type Files struct {
	Paths []string `json:"paths" minItems:"1" maxItems:"1000" nullable:"false" doc:"Files and folders, absolute"`
}

// Suggestion is a first mapping for foreign files.
type Suggestion struct {
	Mapping string `json:"mapping" doc:"YAML"`
}

func addImports(o *operations) {
	const tag, path = "Imports", "/imports"
	register(o, operation{id: "list-imports", tag: tag, method: http.MethodGet, path: path, scope: access.APIRead, summary: "List what was imported, the latest first"}, o.server.listImports)
	register(o, operation{
		id: "import", tag: tag, method: http.MethodPost, path: path, local: true,
		summary: "Import files of the server's machine", description: "All of it or nothing. When questions stop an import, the problem has the report that asks them.",
	}, o.server.addImport)
	register(o, operation{
		id: "suggest-mapping", tag: tag, method: http.MethodPost, path: path + "/suggest", local: true,
		summary: "Suggest a mapping for files of the server's machine",
	}, o.server.suggestMapping)
	register(o, operation{
		id: "roll-back-import", tag: tag, method: http.MethodPost, path: path + "/{batch}/rollback", scope: access.APIWrite,
		summary: "Take an import back",
	}, o.server.rollBack)
}

func (s *Server) listImports(ctx context.Context, w *Workspace, in *struct {
	Asked
	Paged
}) (*answered[Page[file.Batch]], error) {
	if err := offered(w.Imports != nil, "imports"); err != nil {
		return nil, err
	}
	all, err := w.Imports.Batches(ctx)
	if err != nil {
		return nil, inContext(err, "list imports")
	}
	latestFirst := func(b file.Batch) int { return -b.Batch }
	return answer(pageOf(all, in.Paged, latestFirst, strconv.Itoa, strconv.Atoi))
}

func (s *Server) addImport(ctx context.Context, w *Workspace, in *struct {
	Asked
	Repeated
	Body NewImport
}) (*answered[file.Report], error) {
	if err := offered(w.Imports != nil, "imports"); err != nil {
		return nil, err
	}
	if err := absolute(in.Body.Paths); err != nil {
		return nil, err
	}
	r := ImportRequest{Paths: in.Body.Paths, DryRun: in.Body.DryRun, MappingText: in.Body.Mapping}
	if in.Body.Mapping != "" {
		var err error
		if r.Mapping, err = file.ParseMapping("mapping", []byte(in.Body.Mapping)); err != nil {
			return nil, err
		}
	}
	report, err := w.Imports.Import(ctx, r)
	if err != nil {
		return nil, &withReport{error: err, report: report}
	}
	return answer(report, nil)
}

// withReport is a failed import that has something to say beside why.
type withReport struct {
	error
	report file.Report
}

func (w *withReport) Unwrap() error { return w.error }

func absolute(paths []string) error {
	if i := slices.IndexFunc(paths, func(p string) bool { return !filepath.IsAbs(p) }); i >= 0 {
		return fault.New(fault.Invalid, "body.paths[%d]: %q is not absolute; the server works in another directory than its clients", i, paths[i])
	}
	return nil
}

func (s *Server) suggestMapping(ctx context.Context, w *Workspace, in *struct {
	Asked
	Body Files
}) (*answered[Suggestion], error) {
	if err := offered(w.Imports != nil, "imports"); err != nil {
		return nil, err
	}
	if err := absolute(in.Body.Paths); err != nil {
		return nil, err
	}
	text, err := w.Imports.Suggest(ctx, in.Body.Paths)
	return answer(Suggestion{Mapping: text}, err)
}

func (s *Server) rollBack(ctx context.Context, w *Workspace, in *struct {
	Asked
	Repeated
	Batch int `path:"batch" minimum:"1"`
}) (*answered[file.RollbackReport], error) {
	if err := offered(w.Imports != nil, "imports"); err != nil {
		return nil, err
	}
	return answer(w.Imports.Rollback(ctx, in.Batch))
}
