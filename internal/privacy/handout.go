package privacy

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// Manifest says what an export of a person holds, as its last entry.
type Manifest struct {
	MadeAt time.Time      `json:"made_at"`
	Person Person         `json:"person"`
	Names  []string       `json:"names"` // under which the person was seen
	Files  map[string]int `json:"files"` // entries of each file
}

// document is a document as the export writes it. Body holds text, Base64
// anything else.
type document struct {
	Resource     string    `json:"resource"`
	Activity     string    `json:"activity,omitempty"`
	Agent        string    `json:"agent,omitempty"`
	Registration string    `json:"registration,omitempty"`
	ID           string    `json:"id"`
	Updated      time.Time `json:"updated"`
	ContentType  string    `json:"content_type"`
	Body         string    `json:"body,omitempty"`
	Base64       []byte    `json:"base64,omitempty"`
}

var resourceNames = map[state.Resource]string{
	state.StateResource: "state", state.ActivityProfile: "activity profile", state.AgentProfile: "agent profile",
}

// Export writes everything about a person as one ZIP archive: statements in
// which the person has any part, verbatim, with the contents of attachments;
// documents; facts, one file each; what others keep beside; and manifest.json, without which the archive
// is not complete. Statements of groups name other people too: look before
// handing it out.
//
// Errors: fault.Invalid for identities that are none; those of store and facts.
func (s *Service) Export(ctx context.Context, w io.Writer, identities []string) (Manifest, error) {
	person, err := s.Find(ctx, identities)
	if err != nil {
		return Manifest{}, err
	}
	x := &handout{
		Service: s, archive: zip.NewWriter(w), contents: map[string]bool{},
		manifest: Manifest{MadeAt: s.opt.Now().UTC(), Person: person, Names: []string{}, Files: map[string]int{}},
	}
	for _, step := range []func(context.Context) error{x.statements, x.attachments, x.documents, x.facts, x.beside, x.conclude} {
		if err := step(ctx); err != nil {
			return Manifest{}, fmt.Errorf("export of a person: %w", err)
		}
	}
	return x.manifest, nil
}

// handout is one export on its way.
type handout struct {
	*Service
	archive  *zip.Writer
	manifest Manifest
	contents map[string]bool // attachments to add
}

func (x *handout) entry(name string) (io.Writer, error) {
	return x.archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: x.manifest.MadeAt})
}

func (x *handout) statements(ctx context.Context) error {
	const name = "statements.jsonl"
	out, err := x.entry(name)
	if err != nil {
		return err
	}
	x.manifest.Files[name] = 0
	e := newEraser(&x.manifest.Person, "")
	seen := map[string]bool{} // only needed when agents are searched for in parts
	several := len(x.manifest.Person.Agents) > agentsAtOnce
	for agents := range slices.Chunk(x.manifest.Person.Agents, agentsAtOnce) {
		f := state.Filter{Any: [][]state.Term{anyRole(agents)}, WithVoided: true, Ascending: true, Limit: math.MaxInt}
		err := x.store.Statements(ctx, f, func(st state.Statement) error {
			what, _, err := e.take(st.Body)
			if err != nil || what == untouched || seen[st.ID] {
				return err
			}
			if several {
				seen[st.ID] = true
			}
			x.manifest.Files[name]++
			for _, sha2 := range st.Attachments {
				x.contents[sha2] = true
			}
			_, err = fmt.Fprintf(out, "%s\n", strings.ReplaceAll(string(st.Body), "\n", " ")) // line breaks in JSON lie between tokens
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *handout) attachments(ctx context.Context) error {
	shas := make([]string, 0, len(x.contents))
	for sha2 := range x.contents {
		shas = append(shas, sha2)
	}
	slices.Sort(shas)
	for _, sha2 := range shas {
		content, err := x.store.Content(ctx, sha2)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		name := "attachments/" + sha2
		out, err := x.entry(name)
		if err != nil {
			return err
		}
		if _, err := out.Write(content.Data); err != nil {
			return err
		}
		x.manifest.Files[name] = 1
	}
	return nil
}

func (x *handout) documents(ctx context.Context) error {
	const name = "documents.jsonl"
	out, err := x.entry(name)
	if err != nil {
		return err
	}
	x.manifest.Files[name] = 0
	for _, agent := range x.manifest.Person.Agents {
		names, err := x.store.AgentNames(ctx, agent)
		if err != nil {
			return err
		}
		for _, n := range names {
			x.manifest.Names = appendNew(x.manifest.Names, n)
		}
		err = x.store.DocumentsOf(ctx, agent, func(d state.Document) error {
			x.manifest.Files[name]++
			return json.NewEncoder(out).Encode(written(d))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func written(d state.Document) document {
	out := document{
		Resource: resourceNames[d.Key.Resource], Activity: d.Key.Activity, Agent: d.Key.Agent,
		Registration: d.Key.Registration, ID: d.Key.ID, Updated: d.Updated.UTC(), ContentType: d.ContentType,
	}
	if utf8.Valid(d.Body) {
		out.Body = string(d.Body)
	} else {
		out.Base64 = d.Body
	}
	return out
}

// facts writes the rows fact by fact, as they come.
func (x *handout) facts(ctx context.Context) error {
	if x.Service.facts == nil {
		return nil
	}
	return x.Service.facts.ExportPerson(ctx, x.manifest.Person.Keys, x.rows("facts/"))
}

// beside writes what others keep beside the store.
func (x *handout) beside(ctx context.Context) error {
	if x.opt.OnExport == nil {
		return nil
	}
	return x.opt.OnExport(ctx, x.manifest.Person.Keys, x.rows(""))
}

// rows writes rows that come kind by kind, each kind to a file of its own.
func (x *handout) rows(folder string) func(kind string, row map[string]any) error {
	var out io.Writer
	current := ""
	return func(kind string, row map[string]any) (err error) {
		name := folder + kind + ".jsonl"
		if name != current {
			if out, err = x.entry(name); err != nil {
				return err
			}
			current = name
		}
		x.manifest.Files[name]++
		return json.NewEncoder(out).Encode(row)
	}
}

// conclude writes the manifest.
func (x *handout) conclude(context.Context) error {
	out, err := x.entry("manifest.json")
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(x.manifest); err != nil {
		return err
	}
	return x.archive.Close()
}
