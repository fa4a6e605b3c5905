// A server as a Go programmer writes it: grpc-go, and pgx or go-sqlite3, over the table that the other servers stream.
//
// go run server.go -database postgresql -url postgresql://… -way keyset|query|batches -chunk 1000
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"log"
	"net"
	"strings"
	"time"

	"github.com/golang/protobuf/proto"
	"github.com/golang/protobuf/ptypes/timestamp"
	"github.com/jackc/pgx/v4/pgxpool"
	_ "github.com/mattn/go-sqlite3"
	"google.golang.org/grpc"
)

// The messages, in the form that protoc-gen-go writes.

type Book struct {
	Id          int32                `protobuf:"varint,1,opt,name=id,proto3"`
	Isbn        string               `protobuf:"bytes,2,opt,name=isbn,proto3"`
	Title       string               `protobuf:"bytes,3,opt,name=title,proto3"`
	Summary     string               `protobuf:"bytes,4,opt,name=summary,proto3"`
	Pages       int32                `protobuf:"varint,5,opt,name=pages,proto3"`
	Rating      isBookRating         `protobuf_oneof:"_rating"`
	Status      int32                `protobuf:"varint,7,opt,name=status,proto3"`
	PublishedAt *timestamp.Timestamp `protobuf:"bytes,8,opt,name=published_at,json=publishedAt,proto3"`
	Sold        int64                `protobuf:"varint,9,opt,name=sold,proto3"`
}

// An optional field, in the form that both versions of the protobuf library for Go read.
type isBookRating interface{ isBookRating() }

type BookRating struct {
	Rating float64 `protobuf:"fixed64,6,opt,name=rating,proto3,oneof"`
}

func (*BookRating) isBookRating() {}

func (*Book) XXX_OneofWrappers() []interface{} { return []interface{}{(*BookRating)(nil)} }

func (m *Book) Reset()         { *m = Book{} }
func (m *Book) String() string { return proto.CompactTextString(m) }
func (*Book) ProtoMessage()    {}

var bookInfo proto.InternalMessageInfo

func (m *Book) XXX_Size() int { return bookInfo.Size(m) }
func (m *Book) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return bookInfo.Marshal(b, m, deterministic)
}

type Books struct {
	Books []*Book `protobuf:"bytes,1,rep,name=books,proto3"`
}

func (m *Books) Reset()         { *m = Books{} }
func (m *Books) String() string { return proto.CompactTextString(m) }
func (*Books) ProtoMessage()    {}

var booksInfo proto.InternalMessageInfo

func (m *Books) XXX_Size() int { return booksInfo.Size(m) }
func (m *Books) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return booksInfo.Marshal(b, m, deterministic)
}

type Request struct{}

func (m *Request) Reset()         { *m = Request{} }
func (m *Request) String() string { return "" }
func (*Request) ProtoMessage()    {}

var statuses = map[string]int32{"DRAFT": 1, "PUBLISHED": 2, "WITHDRAWN": 3}

const columns = `SELECT "id", "isbn", "title", "summary", "pages", "rating", "status"%s, "publishedAt", "sold" FROM "Book"`

// What rows of pgx and of database/sql have in common.
type rows interface {
	Next() bool
	Scan(...interface{}) error
	Err() error
}

// Asks a query; the second result ends it.
type ask func(ctx context.Context, query string, values ...interface{}) (rows, func(), error)

// Asks one query for the whole table, or one for each chunk behind the last row of the one before.
func stream(ctx context.Context, query ask, selected string, chunk int, mark string, send func(*Book) error) error {
	after := int32(-1 << 31)
	for {
		text, values := selected+` ORDER BY "id"`, []interface{}{}
		if chunk > 0 {
			text = selected + ` WHERE "id" > ` + mark + fmt.Sprintf(` ORDER BY "id" LIMIT %d`, chunk)
			values = append(values, after)
		}
		found, end, err := query(ctx, text, values...)
		if err != nil {
			return err
		}
		count := 0
		for found.Next() {
			var book Book
			var rating *float64
			var status string
			var published time.Time
			if err := found.Scan(&book.Id, &book.Isbn, &book.Title, &book.Summary, &book.Pages, &rating, &status, &published, &book.Sold); err != nil {
				end()
				return err
			}
			if rating != nil {
				book.Rating = &BookRating{*rating}
			}
			book.Status = statuses[status]
			book.PublishedAt = &timestamp.Timestamp{Seconds: published.Unix(), Nanos: int32(published.Nanosecond())}
			if err := send(&book); err != nil {
				end()
				return err
			}
			after = book.Id
			count++
		}
		err = found.Err()
		end()
		if err != nil || count < chunk || chunk == 0 {
			return err
		}
	}
}

func main() {
	database := flag.String("database", "sqlite", "sqlite or postgresql")
	url := flag.String("url", "", "the database's address")
	way := flag.String("way", "keyset", "keyset, query or batches")
	chunk := flag.Int("chunk", 1000, "rows a query, and rows a batch")
	flag.Parse()

	query, selected, mark := open(*database, *url)
	rowsAQuery := *chunk
	if *way != "keyset" {
		rowsAQuery = 0
	}
	handler := func(_ interface{}, call grpc.ServerStream) error {
		if err := call.RecvMsg(&Request{}); err != nil {
			return err
		}
		if *way != "batches" {
			return stream(call.Context(), query, selected, rowsAQuery, mark, func(book *Book) error { return call.SendMsg(book) })
		}
		batch := &Books{}
		err := stream(call.Context(), query, selected, rowsAQuery, mark, func(book *Book) error {
			batch.Books = append(batch.Books, book)
			if len(batch.Books) < *chunk {
				return nil
			}
			full := batch
			batch = &Books{}
			return call.SendMsg(full)
		})
		if err == nil && len(batch.Books) > 0 {
			err = call.SendMsg(batch)
		}
		return err
	}

	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "library.v1.BookStreamService",
		HandlerType: (*interface{})(nil),
		Streams: []grpc.StreamDesc{
			{StreamName: "StreamBooks", Handler: handler, ServerStreams: true},
			{StreamName: "StreamBookBatches", Handler: handler, ServerStreams: true},
		},
	}, struct{}{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.Serve(listener))
}

// Opens the database: how to ask it, the columns to select, and the mark of a parameter.
func open(database, url string) (ask, string, string) {
	if database == "postgresql" {
		pool, err := pgxpool.Connect(context.Background(), url)
		if err != nil {
			log.Fatal(err)
		}
		return func(ctx context.Context, query string, values ...interface{}) (rows, func(), error) {
			found, err := pool.Query(ctx, query, values...)
			if err != nil {
				return nil, nil, err
			}
			return found, found.Close, nil
		}, fmt.Sprintf(columns, "::text"), "$1"
	}
	opened, err := sql.Open("sqlite3", strings.TrimPrefix(url, "file:"))
	if err != nil {
		log.Fatal(err)
	}
	return func(ctx context.Context, query string, values ...interface{}) (rows, func(), error) {
		found, err := opened.QueryContext(ctx, query, values...)
		if err != nil {
			return nil, nil, err
		}
		return found, func() { found.Close() }, nil
	}, fmt.Sprintf(columns, ""), "?"
}
