# engage: Makefile
#
#   make                     build the extension against the PostgreSQL of PG_CONFIG
#   make install             install it there (as a user who may write its directories)
#   make installcheck        run the tests against a running, installed server
#   make demo / make test    need nothing prepared: see "make help"
#
# Builds in the tree and out of it (make -f /path/to/engage/Makefile).

EXTENSION  = engage
MODULE_big = engage

# ---------------------------------------------------------------------------
# Where the sources are: "." or the absolute directory of this file.
# ---------------------------------------------------------------------------
makefile_dir := $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST)))))
ifndef VPATH
ifneq ($(realpath $(CURDIR)),$(realpath $(makefile_dir)))
VPATH := $(realpath $(makefile_dir))
endif
endif
here  := $(if $(VPATH),$(VPATH),.)
tools := $(makefile_dir)/test/tools

PG_CONFIG ?= pg_config
# (Debian ships the build rules with the client package, the headers with another one.)
PG_HEADER := $(wildcard $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)/postgres.h)
PGXS      := $(if $(PG_HEADER),$(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null)))
PG_MAJOR  := $(shell $(PG_CONFIG) --version 2>/dev/null | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p')
PG_SUPPORTED := 14 15 16 17 18

# ---------------------------------------------------------------------------
# Targets that work before anything is installed.  The default target stays
# "all", wherever it is defined.
# ---------------------------------------------------------------------------
.DEFAULT_GOAL := all
light_goals   := help setup demo demo-stop test bench fuzz eval weights ci
light_only    := $(if $(MAKECMDGOALS),$(if $(filter-out $(light_goals),$(MAKECMDGOALS)),,yes))

# What the tools below see: absolute file names, no make options.  "+" is not
# used on purpose: the tools run make themselves, with their own -j.
tool_env = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL MAKE='$(MAKE)' PG_CONFIG='$(PG_CONFIG)'

.PHONY: help setup demo demo-stop test bench fuzz eval weights ci

help:
	@echo 'engage: customer-engagement analytics inside PostgreSQL'
	@echo
	@echo 'On a machine where nothing is prepared (missing Debian packages are installed,'
	@echo 'after saying which; the system'"'"'s own database clusters are never touched):'
	@echo '  make demo             load a sample shop into a private server and show its figures'
	@echo '  make demo ORDERS=orders.csv SURVEY=nps.csv [POSTS=posts.csv]'
	@echo '                 [EMAILS=emails.csv] [REVIEWS=reviews.csv] [EVENTS=events.csv]'
	@echo '                        the same over your own files (gzip accepted)'
	@echo '  make demo-stop        stop the private demo server and remove its data'
	@echo '  make test             every test, in private servers; ends in "N passed, N failed"'
	@echo '  make test ONLY=regress TESTS="kpi_nps"'
	@echo '                        one part (build regress isolation tap unit symbols checked)'
	@echo '                        and, in it, some tests'
	@echo '  make bench            measure against plain SQL'
	@echo '  make eval             how good sentiment scores are on labelled texts, beside others'
	@echo '                        (DATA=directory; EVAL="--help" shows more)'
	@echo '  make fuzz             hostile texts and models for the sentiment room (FUZZ="--seconds 600")'
	@echo '  make setup            only install what demo and test need'
	@echo
	@echo 'The ordinary way, for the server of PG_CONFIG (PostgreSQL $(firstword $(PG_SUPPORTED)) to $(lastword $(PG_SUPPORTED))):'
	@echo '  make [PG_CONFIG=/path/to/pg_config] [OPTFLAGS=...]'
	@echo '  make install          then, in a database: CREATE EXTENSION engage;'
	@echo '  make installcheck     test the installed extension on the running server'
	@echo '  make clean            remove what was built, and the private servers'

setup:
	@$(tool_env) $(tools)/setup test

# ORDERS and the other files reach the demo through the environment, where make
# puts what its command line sets: file names with blanks or quotes survive.
demo:
	@$(tool_env) $(tools)/setup demo
	@$(tool_env) $(makefile_dir)/test/demo/demo

demo-stop:
	@$(tool_env) $(tools)/server stop --name demo

test:
	@$(tool_env) $(tools)/setup test
	@$(tool_env) ONLY='$(ONLY)' TESTS='$(TESTS)' $(tools)/run-tests

bench:
	@$(tool_env) $(tools)/setup demo
	@$(tool_env) $(makefile_dir)/test/bench/run $(BENCH)

fuzz:
	@$(tool_env) $(tools)/setup test
	@$(tool_env) $(makefile_dir)/test/fuzz/run $(FUZZ)

# Labelled texts are not part of the project; without them there is only a notice.
DATA ?= $(makefile_dir)/../shared/data/sentiment

eval:
	@$(tool_env) $(tools)/setup test
	@$(tool_env) $(makefile_dir)/test/eval/run --data '$(DATA)' $(EVAL)

# Learns anew the weights of words that the sentiment room ships.
weights:
	@$(tool_env) $(tools)/setup test
	@$(tool_env) $(makefile_dir)/test/eval/run --data '$(DATA)' --weights $(EVAL)

# ---------------------------------------------------------------------------
# Everything else needs PGXS, the build system that comes with the server's
# headers.
# ---------------------------------------------------------------------------
ifneq ($(light_only),yes)
ifeq ($(PGXS),)

.PHONY: all install uninstall installcheck check clean distclean
all install uninstall installcheck check:
	@$(tool_env) $(tools)/setup --explain
	@false
clean distclean:
	-@$(tools)/server stop --all
	rm -rf build sql/engage--*.sql engage.so $(patsubst %.c,%.o,$(wildcard src/*.c src/*/*.c))

else

ifeq ($(filter $(PG_MAJOR),$(PG_SUPPORTED)),)
$(error engage needs PostgreSQL $(firstword $(PG_SUPPORTED)) to $(lastword $(PG_SUPPORTED)), but $(PG_CONFIG) belongs to "$(shell $(PG_CONFIG) --version)". Name another server with PG_CONFIG=/path/to/pg_config)
endif

EXTVERSION := $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" $(here)/engage.control)

SRCS     := $(sort $(wildcard $(here)/src/*.c $(here)/src/*/*.c))
HDRS     := $(sort $(wildcard $(here)/src/*.h $(here)/src/*/*.h))
OBJS     := $(patsubst $(here)/%.c,%.o,$(SRCS))
PARTS    := $(sort $(wildcard $(here)/sql/parts/*.sql))
UPGRADES := $(sort $(wildcard $(here)/sql/upgrade/engage--*--*.sql))
RELEASED := $(sort $(filter-out %/engage--$(EXTVERSION).sql,$(wildcard $(here)/sql/released/engage--*.sql)))

DATA_built = sql/engage--$(EXTVERSION).sql
DATA       = $(patsubst $(here)/%,%,$(UPGRADES) $(RELEASED))

# Portable code: plain -O2 from the server's own flags, no -march, and the same
# floating-point results on every architecture.
OPTFLAGS ?=
# (In PG_CPPFLAGS, because those reach the bitcode for JIT, too.)
PG_CPPFLAGS = -I$(here)/src -Ibuild/generated -ffp-contract=off
SHLIB_LINK = $(ICU_LIBS)

# ICU says what characters are (the sentiment room).
ICU_LIBS ?= $(or $(shell pkg-config --libs icu-uc 2>/dev/null),-licuuc)
override PG_CFLAGS += $(OPTFLAGS)

REGRESS   := $(sort $(patsubst $(here)/test/sql/%.sql,%,$(wildcard $(here)/test/sql/*.sql)))
ISOLATION := $(sort $(patsubst $(here)/test/specs/%.spec,%,$(wildcard $(here)/test/specs/*.spec)))
REGRESS_OPTS   = --inputdir=$(here)/test --encoding=UTF8 --load-extension=engage
ISOLATION_OPTS = --inputdir=$(here)/test --outputdir=. --load-extension=engage
ifdef VPATH
REGRESS_PREP = expected-link
endif

# TAP tests start servers of their own, which root may not do, and need a Perl
# module that is not always there.
ifneq ($(wildcard $(here)/test/t/*.pl),)
ifneq ($(filter installcheck,$(MAKECMDGOALS)),)
tap_possible := $(shell test "`id -u`" != 0 && perl -MIPC::Run -e 'print "yes"' 2>/dev/null)
ifeq ($(tap_possible),yes)
TAP_TESTS = 1
else
$(info note: the TAP tests are left out (they need Perl's IPC::Run and a user other than root); "make test" runs them)
endif
endif
endif

# Bitcode for JIT inlining needs the server's clang; do without when it is missing.
CLANG_USED := $(shell sed -n 's/^CLANG *= *//p' $(dir $(PGXS))../Makefile.global)
ifneq ($(CLANG_USED),)
ifeq ($(shell command -v $(CLANG_USED) 2>/dev/null),)
ifneq ($(with_llvm),no)
$(info note: $(CLANG_USED) is missing, so no bitcode for JIT inlining is built)
override with_llvm := no
endif
endif
endif

EXTRA_CLEAN = build sql/engage--*.sql results output_iso tmp_check log regression.diffs regression.out

include $(PGXS)

override PROVE_TESTS := $(if $(PROVE_TESTS),$(PROVE_TESTS),test/t/*.pl)

# PGXS lets make look for every file in the source tree too, so that objects of an
# earlier build there would be taken for this build's.  Look for sources only.
srcdir := $(here)
override VPATH :=
ifneq ($(here),.)
vpath %.c $(here)
vpath %.control $(here)
endif

$(DATA_built): $(PARTS) $(here)/engage.control $(here)/sql/parts
	@$(MKDIR_P) sql
	cat $(PARTS) > $@

$(OBJS): $(HDRS) | objdirs
$(OBJS:.o=.bc): $(HDRS) | objdirs

# The sentiment lexicon: a program of the tokeniser's own files makes a table of
# the lists, so that words have there the form that they get in texts.
sentiment    := $(here)/src/sentiment
lexicon_tool := build/lexicon_build
LISTS        := $(sort $(wildcard $(sentiment)/lexicon/*.tsv $(sentiment)/weights/*.tsv))

$(lexicon_tool): $(sentiment)/build/lexicon_build.c $(addprefix $(sentiment)/,chars_core.c tokens_core.c lexicon_make_core.c) $(HDRS)
	@$(MKDIR_P) build
	$(CC) -O2 $(PG_CPPFLAGS) -I$(shell $(PG_CONFIG) --includedir-server) $(ICU_CFLAGS) -D_GNU_SOURCE -o $@ $(filter %.c,$^) $(LDFLAGS) $(ICU_LIBS)

build/generated/lexicon_data.h: $(lexicon_tool) $(LISTS)
	@$(MKDIR_P) build/generated
	$(lexicon_tool) $(sentiment) > $@.new
	mv -f $@.new $@

src/sentiment/lexicon_table.o src/sentiment/lexicon_table.bc: build/generated/lexicon_data.h

.PHONY: objdirs expected-link stop-servers
objdirs:
	@$(MKDIR_P) $(sort $(dir $(OBJS)))

expected-link:
	@test -e expected || ln -s $(here)/expected expected

clean: stop-servers
stop-servers:
	@test ! -d build/server || $(tools)/server stop --all

endif
endif
