import { chromium } from 'playwright-core';
const B='http://127.0.0.1:8611';
const args=['--headless','--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync'];
const b=await chromium.launch({executablePath:'/usr/bin/chromium',args});
const log=(...a)=>console.log(new Date().toISOString().slice(14,23),...a);
async function mk(opts={}){const c=await b.newContext(opts);const p=await c.newPage();
 p.on('console',m=>{if(['error','warning'].includes(m.type()))log('CONSOLE',p.url(),m.text())});
 p.on('pageerror',e=>log('PAGEERR',e.message));
 p.on('requestfailed',r=>log('REQFAIL',r.url(),r.failure()?.errorText));
 p.on('response',r=>{if(r.status()>=400)log('HTTP',r.status(),r.url())});
 p.on('request',r=>{if(!r.url().startsWith(B))log('FOREIGN',r.url())});
 return [c,p]}
const [c1,p1]=await mk(); const [c2,p2]=await mk({locale:'ar-SA',viewport:{width:390,height:800},colorScheme:'dark'}); const [c3,p3]=await mk();
const find=p=>p.evaluate(()=>[...document.querySelectorAll('*')].filter(e=>e.shadowRoot).map(e=>({tag:e.tagName,text:e.shadowRoot.textContent.slice(-400),rect:JSON.stringify(e.shadowRoot.querySelector('[role],section,div,aside')?.getBoundingClientRect()),active:document.activeElement?.tagName, html:e.shadowRoot.innerHTML.replace(/<style>.*<\/style>/s,'').slice(0,900)})));
const read=async(p,url,max=60)=>{await p.bringToFront();await p.goto(B+url);const t=Date.now();for(;;){const r=await find(p).catch(e=>[]);if(r.length){log(url,'bubble after',Date.now()-t,JSON.stringify(r));return r}if(Date.now()-t>max*1000){log(url,'NO bubble in',max);return null}await p.waitForTimeout(200);if(Math.random()<.1)await p.mouse.move(100+Math.random()*200,200+Math.random()*100)}};
await Promise.all([(async()=>{
 await read(p1,'/demo/pricing',50); await p1.waitForTimeout(1500); await p1.screenshot({path:'/tmp/rv-en.png'}); log('after settle',JSON.stringify(await find(p1)));
 await p1.keyboard.press('Escape'); await p1.waitForTimeout(1500); log('after Esc (focus elsewhere)',(await find(p1)).length);
 if((await find(p1)).length){ const btns=await p1.locator('css=button').allTextContents(); log('btns',JSON.stringify(btns)); await p1.getByRole('button',{name:/no|dismiss|close|later/i}).last().click({timeout:3000}).catch(e=>log('click fail',e.message)); await p1.waitForTimeout(1000); log('after dismiss click',(await find(p1)).length);}
 await p1.reload(); await read(p1,'/demo/pricing',42); await read(p1,'/demo/sales',40);
})(),(async()=>{
 await read(p2,'/demo/ar/pricing',50); await p2.waitForTimeout(1500); await p2.screenshot({path:'/tmp/rv-ar.png'});
})(),(async()=>{
 await read(p3,'/demo/checkout',45); await p3.screenshot({path:'/tmp/rv-co.png'});
 const [c4,p4]=await mk(); await p4.goto(B+'/docs/'); await p4.waitForTimeout(4000); await p4.screenshot({path:'/tmp/rv-docs.png'}); log('docs ops',await p4.locator('.opblock').count());
 await p4.goto(B+'/'); await p4.waitForTimeout(500); await p4.screenshot({path:'/tmp/rv-root.png'});
 for(const u of ['/demo/','/demo/ar/','/demo/sales','/demo/help','/demo/contact','/demo/blog','/demo/products','/demo/docs']){await p4.goto(B+u);await p4.waitForTimeout(300);} await p4.goto(B+'/demo/'); await p4.screenshot({path:'/tmp/rv-home.png',fullPage:true});
})()]);
await b.close(); log('done');
