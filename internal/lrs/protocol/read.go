package protocol

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/xapi"
)

// morePath is where further pages are found.
const morePath = "/statements/more"

// maxTag is longer than any language tag in use.
const maxTag = 35

// readStatements are the scopes that let read statements, all or one's own.
var readStatements = []access.Scope{access.StatementsRead, access.StatementsReadMine}

func (h *handler) moreMethods() map[string]method {
	return map[string]method{http.MethodGet: {scopes: readStatements, serve: (*call).getMore}}
}

// reader says who reads, and whether only what they wrote.
func (c *call) reader() lrs.Reader {
	return lrs.Reader{Credential: c.caller.Author(), Mine: !c.caller.May(access.StatementsRead)}
}

// getStatements gives one statement by its id, or the first page of a query.
func (c *call) getStatements() error {
	p := reader{c: c}
	out := lrs.Output{Format: p.format(), Attachments: p.boolean("attachments")}
	if out.Format == lrs.Canonical {
		out.Languages = slices.DeleteFunc(xapi.AcceptLanguage(c.header.Get("Accept-Language")), func(tag string) bool { return len(tag) > maxTag })
	}
	for _, name := range []string{"statementId", "voidedStatementId"} {
		if c.params.Has(name) {
			return c.getStatement(&p, name, out)
		}
	}
	q := lrs.Query{
		Agent: p.agent("agent", p.text("agent")), Verb: p.iri("verb"), Activity: p.iri("activity"), Registration: p.uuid("registration"),
		RelatedActivities: p.boolean("related_activities"), RelatedAgents: p.boolean("related_agents"),
		Since: p.time("since"), Until: p.time("until"), Limit: p.count("limit"), Ascending: p.boolean("ascending"), Output: out,
	}
	if p.err != nil {
		return p.err
	}
	page, err := c.handler.service.Query(c.r.Context(), c.reader(), q)
	if err != nil {
		return err
	}
	return c.writePage(page)
}

func (p *reader) format() lrs.Format {
	switch f := lrs.Format(p.text("format")); f {
	case "":
		return lrs.Exact
	case lrs.Exact, lrs.IDs, lrs.Canonical:
		return f
	default:
		p.fail("format", "must be ids, exact or canonical")
		return lrs.Exact
	}
}

// getStatement gives the statement that a parameter names.
func (c *call) getStatement(p *reader, name string, out lrs.Output) error {
	id := p.uuid(name)
	for other := range c.params {
		if other != name && other != "format" && other != "attachments" && c.ours(other) {
			p.fail(other, "cannot stand beside "+name+": only format and attachments can")
		}
	}
	if p.err != nil {
		return p.err
	}
	found, err := c.handler.service.Statement(c.r.Context(), c.reader(), id, name == "voidedStatementId", out)
	if err != nil {
		return err
	}
	c.w.Header().Set("Last-Modified", found.Stored.UTC().Format(http.TimeFormat))
	return c.writeStatements([][]byte{found.Body}, found.Contents, out.Attachments)
}

// getMore gives a further page.
func (c *call) getMore() error {
	page, err := c.handler.service.More(c.r.Context(), c.reader(), c.rest)
	if err != nil {
		return err
	}
	return c.writePage(page)
}

// writePage answers with a StatementResult.
func (c *call) writePage(page lrs.Page) error {
	more := ""
	if page.More != "" {
		more = c.handler.opt.Path + morePath + "/" + page.More
	}
	end, err := jsontext.AppendQuote([]byte(`],"more":`), more)
	if err != nil {
		return fault.New(fault.Internal, "the address of a page: %w", err)
	}
	pieces := make([][]byte, 0, 2*len(page.Statements)+2)
	pieces = append(pieces, []byte(`{"statements":[`))
	for i, st := range page.Statements {
		if i > 0 {
			pieces = append(pieces, []byte{','})
		}
		pieces = append(pieces, st)
	}
	return c.writeStatements(append(pieces, append(end, '}')), page.Contents, page.Attachments)
}

// writeStatements answers with JSON in pieces, or with multipart when
// attachments were asked for.
func (c *call) writeStatements(pieces [][]byte, parts []xapi.Part, attachments bool) error {
	if !attachments {
		c.writePieces(pieces)
		return nil
	}
	body := bytes.Join(pieces, nil)
	var size counter
	contentType, err := xapi.WriteMultipart(&size, body, parts)
	if err != nil {
		return err
	}
	if c.head(http.StatusOK, contentType, int(size)) {
		_, _ = xapi.WriteMultipart(c.w, body, parts) // the client went away
	}
	return nil
}

// writePieces answers with JSON. It is not put together first, so that there is
// one of it in memory.
func (c *call) writePieces(pieces [][]byte) {
	length := 0
	for _, p := range pieces {
		length += len(p)
	}
	if !c.head(http.StatusOK, "application/json", length) {
		return
	}
	for _, p := range pieces {
		if _, err := c.w.Write(p); err != nil {
			return // the client went away
		}
	}
}

// counter counts what is written to it.
type counter int

// Write counts.
func (n *counter) Write(p []byte) (int, error) {
	*n += counter(len(p))
	return len(p), nil
}
