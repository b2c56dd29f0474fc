package server

import (
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/liftmark/liftmark/internal/access"
)

// mediaTypes are those of the formats.
var mediaTypes = map[string]string{
	"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet",
}

func addExports(o *operations) {
	const tag = "Exports"
	register(o, operation{
		id: "export-statements", tag: tag, method: http.MethodGet, path: "/exports/statements", scope: access.StatementsRead, media: slices.Collect(maps.Values(mediaTypes)),
		summary: "Export statements", description: "As JSON Lines they are verbatim; CSV and Parquet have a row for each. Personal data.",
	}, o.server.exportStatements)
	register(o, operation{
		id: "export-facts", tag: tag, method: http.MethodGet, path: "/exports/facts/{fact}", scope: access.Admin, media: []string{mediaTypes["csv"], mediaTypes["parquet"]},
		summary: "Export the rows of a fact", description: "Personal data.",
	}, o.server.exportFacts)
}

func (s *Server) exportStatements(_ context.Context, w *Workspace, in *struct {
	Asked
	Format   string `query:"format" enum:"jsonl,csv,parquet" default:"jsonl"`
	From     string `query:"from" doc:"Stored on this day (UTC) or at this RFC 3339 time, or later"`
	To       string `query:"to" doc:"Stored before this day or time"`
	Verb     string `query:"verb" doc:"IRI"`
	Activity string `query:"activity" doc:"IRI of the object"`
	Voided   bool   `query:"voided" doc:"Voided ones too"`
}) (*huma.StreamResponse, error) {
	if err := offered(w.Exports != nil, "exports"); err != nil {
		return nil, err
	}
	chosen := StatementExport{Format: in.Format, Verb: in.Verb, Activity: in.Activity, Voided: in.Voided}
	var err error
	if chosen.From, err = moment("from", in.From, time.UTC); err != nil {
		return nil, err
	}
	if chosen.To, err = moment("to", in.To, time.UTC); err != nil {
		return nil, err
	}
	return s.stream(mediaTypes[in.Format], "statements."+in.Format, func(ctx context.Context, out io.Writer) error {
		return w.Exports.ExportStatements(ctx, out, chosen)
	}), nil
}

func (s *Server) exportFacts(_ context.Context, w *Workspace, in *struct {
	Asked
	Fact   string `path:"fact" doc:"Such as learning or usage; see docs/guide/columns.md"`
	Format string `query:"format" enum:"csv,parquet" default:"csv"`
}) (*huma.StreamResponse, error) {
	if err := offered(w.Exports != nil, "exports"); err != nil {
		return nil, err
	}
	name := "facts." + in.Format
	if isID(in.Fact) {
		name = in.Fact + "." + in.Format
	}
	return s.stream(mediaTypes[in.Format], name, func(ctx context.Context, out io.Writer) error {
		return w.Exports.ExportFact(ctx, out, in.Fact, in.Format)
	}), nil
}

// stream answers with what write writes. A failure before the first byte is a
// problem; one after it breaks the answer off, so that nobody takes a part for
// the whole.
func (s *Server) stream(mediaType, name string, write func(context.Context, io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		r, w := humago.Unwrap(c)
		out := &download{w: w, mediaType: mediaType, name: name}
		err := write(r.Context(), out)
		switch {
		case err == nil:
			out.begin()
		case !out.begun:
			s.fail(w, r, err)
		default:
			exchangeOf(r.Context()).note(err)
			panic(http.ErrAbortHandler)
		}
	}}
}

// download sends its head with the first byte.
type download struct {
	w               http.ResponseWriter
	mediaType, name string
	begun           bool
}

func (d *download) begin() {
	if d.begun {
		return
	}
	d.begun = true
	h := d.w.Header()
	h.Set("Content-Type", d.mediaType)
	h.Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	d.w.WriteHeader(http.StatusOK)
}

// Write sends.
func (d *download) Write(p []byte) (int, error) {
	d.begin()
	return d.w.Write(p)
}
