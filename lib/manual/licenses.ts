/**
 * Whose work is in the binary besides chaperone's own, and under which terms: `chaperone
 * --licenses`.
 */

/** Something that others made. */
export interface Component {
  readonly name: string;
  /** SPDX identifier. */
  readonly license: string;
  readonly what: string;
  /** Package URL without the version, which the build knows. */
  readonly purl: string;
  readonly notice: string;
}

const ISC = `Permission to use, copy, modify, and/or distribute this software for any purpose
with or without fee is hereby granted, provided that the above copyright notice
and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.`;

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of
the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const BSD_3_CLAUSE = `Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

    * Redistributions of source code must retain the above copyright notice,
      this list of conditions and the following disclaimer.
    * Redistributions in binary form must reproduce the above copyright notice,
      this list of conditions and the following disclaimer in the documentation
      and/or other materials provided with the distribution.
    * Neither the name of Google Inc. nor the names of its contributors may be
      used to endorse or promote products derived from this software without
      specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE FOR
ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES
(INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON
ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
(INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`;

/** Everything in the binary that is not chaperone's own. The bill of materials lists the same. */
export const COMPONENTS: readonly Component[] = [
  {
    name: "yaml",
    license: "ISC",
    what: "reads the configuration",
    purl: "pkg:npm/yaml",
    notice: `Copyright Eemeli Aro <eemeli@gmail.com>\n\n${ISC}`,
  },
  {
    name: "deno",
    license: "MIT",
    what: "runs chaperone's code",
    purl: "pkg:github/denoland/deno",
    notice: `Copyright 2018-2025 the Deno authors\n\n${MIT}`,
  },
  {
    name: "v8",
    license: "BSD-3-Clause",
    what: "the JavaScript engine in Deno",
    purl: "pkg:github/v8/v8",
    notice: `Copyright 2006-2025, the V8 project authors. All rights reserved.\n\n${BSD_3_CLAUSE}`,
  },
];

/** Returns what `--licenses` prints. */
export function formatLicenses(): string[] {
  const heads = COMPONENTS.map(({ name, license, what }) => `  ${name} (${license}): ${what}`);
  const notices = COMPONENTS.flatMap(({ name, notice }) => ["", "", `--- ${name}`, "", notice]);
  return [
    "chaperone is licensed under the Apache License, Version 2.0.",
    "In this program is the work of others:",
    "",
    ...heads,
    "",
    "Deno and V8 contain further libraries under the MIT, Apache-2.0, BSD, ISC, Zlib and",
    "Unicode licences; Deno's and V8's source distributions list them.",
    ...notices,
  ];
}
